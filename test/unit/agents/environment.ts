// The environment of an agent's container, as the template sets it.
export const agentEnvironment = {
  JOB_ID: "kettles",
  OBJECTIVE: "Compare",
  TARGET_URLS: '["https://a.example/"]',
  BUCKET: "artifacts",
  ARTIFACT_PREFIX: "job_kettles",
  BROWSERLESS_URL: "ws://b:3000",
  LITELLM_URL: "http://l:4000",
  OBJECT_STORE_URL: "http://m:9000",
  POSTGRES_DSN: "postgresql://langgraph@p:5432/langgraph",
  ALLOWED_HOSTS: "Site.sample-site:8080, ,10.0.0.1",
  RUN_ID: "4f0c6a52-9f3c-4b0e-8a53-0d6f0c1f7c11",
  WORKFLOW: "tenant-demo/7c2d5a10-2b1e-4f0a-9a3e-5b1d2c3e4f50",
};
