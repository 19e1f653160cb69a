module agentic.io/platform/embedded/node/system

go 1.26.0
