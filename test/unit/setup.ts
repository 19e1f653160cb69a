// Pulumi's SDK takes a stack trace for every resource and promise: with vitest's hundred frames each, that is half of a test's time.
Error.stackTraceLimit = 5;
