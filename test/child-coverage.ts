// Has the processes that a test starts record what runs in them: Node writes it to the folder of CHILD_COVERAGE as they end. The
// worker itself is under way and records nothing; vitest does that.
const { CHILD_COVERAGE } = process.env;
if (CHILD_COVERAGE) process.env.NODE_V8_COVERAGE = CHILD_COVERAGE;
