// What models and gateways answer: the JSON in it however it is wrapped, else the true cause why there is none.
import fc from "fast-check";
import { Type } from "typebox";
import { describe, expect, test } from "vitest";
import { parseAnswer, readAnswer, readCompletion } from "../../../agents/core/answer.ts";
import { PermanentError, TransientError } from "../../../agents/core/errors.ts";
import { processorTime } from "../processor-time.ts";

const schema = Type.Object({ text: Type.String(), sure: Type.Number({ minimum: 0, maximum: 1 }) });
const value = { text: 'a {brace}, a ``` fence and a " quote', sure: 0.5 };
const json = JSON.stringify(value);
const draft = JSON.stringify({ text: "a draft", sure: 1 });

describe("the JSON in an answer", () => {
  test.each([
    ["bare", json],
    ["in a fence", `\`\`\`json\n${json}\n\`\`\``],
    ["in a fence called JSON", `Here it is:\n\`\`\`JSON\n${json}\n\`\`\`\nBye.`],
    ["in a fence of one line", `\`\`\`json ${json}\`\`\``],
    ["in a fence of one line without a name", `\`\`\`${json}\`\`\``],
    ["in a fence of another name", `\`\`\`json5\r\n${json}\r\n\`\`\``],
    ["in a fence in a fence", `\`\`\`\`markdown\n\`\`\`json\n${json}\n\`\`\`\n\`\`\`\``],
    ["in a fence of tildes", `~~~\n${json}\n~~~`],
    ["in a fence that is never closed", `\`\`\`json\n${json}`],
    ["after words with braces", `The object {text, sure} is: ${json}`],
    ["after another object", `{"thought":"which"}\n${json}`],
    ["over several lines", JSON.stringify(value, null, 2)],
    ["after an example of it", `Example: ${draft}\nFinal: ${json}`],
    ["after many drafts", `${draft}\n`.repeat(100) + json],
    ["before an object of another kind", `${json}\nLegend: {"text": "a note"}`],
    ["behind thoughts that hold a draft", `<think>${draft}</think>${json}`],
    ["behind thoughts that the prompt has opened", `Maybe ${draft}?\n</think>\n${json}`],
    ["after a byte order mark", `\uFEFF${json}`],
  ])("%s", (_, answer) => expect(parseAnswer(schema, answer)).toEqual({ ok: true, value }));

  test("is not in thoughts that never end", () =>
    expect(parseAnswer(schema, `<think>${draft}`)).toMatchObject({ ok: false }));

  test("may speak of such tags", () => {
    const answer = { text: "a </think> {tag}", sure: 1 };
    expect(parseAnswer(schema, `It is: ${JSON.stringify(answer)}`)).toEqual({ ok: true, value: answer });
  });

  test("is found in any words around it, whatever it says", () => {
    const words = fc.string({ maxLength: 40 }).filter((text) => !text.includes("{"));
    fc.assert(
      fc.property(
        words,
        words,
        fc.string({ unit: "grapheme" }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (a, b, text, sure) => {
          const parsed = parseAnswer(schema, `${a}${JSON.stringify({ text, sure })}${b}`);
          expect(parsed).toMatchObject({ ok: true });
        },
      ),
    );
  });

  test("is refused with the place where it breaks a bound", () =>
    expect(parseAnswer(schema, '{"text":"","sure":2}')).toEqual({
      ok: false,
      problem: expect.stringContaining("/sure"),
    }));

  test("does not take for ever to be missed among braces", () => {
    const cpu = processorTime();
    expect(parseAnswer(schema, "{".repeat(200_000)).ok).toBe(false);
    expect(cpu()).toBeLessThan(5_000);
  });
});

describe("a completion", () => {
  const completion = (message: object | null, finish = "stop") => ({ choices: [{ finish_reason: finish, message }] });
  const problem = (body: unknown) => {
    const answer = readAnswer(schema, readCompletion(body));
    return answer.ok ? "" : [answer.problem, answer.explanation].filter(Boolean).join(": ");
  };

  test.each([
    ["empty", completion({ content: "" }), "the answer is empty"],
    ["null", completion({ content: null }), "the answer is empty"],
    ["nothing but what can't be sent back", completion({ content: " \0\n" }), "the answer is empty"],
    ["no message", completion(null), "the answer is empty"],
    ["a call", completion({ content: null, tool_calls: [{}] }), "the model called a tool that it was not given"],
    ["a refusal", completion({ content: null, refusal: "I can't." }), "the model refused: I can't."],
    ["filtered", completion({ content: "" }, "content_filter"), "the provider's content filter blocked the answer"],
    ["cut", completion({ content: '{"text": "Two' }, "length"), "the answer was cut at the model's token limit"],
    ["no choices", { choices: [] }, "the answer has no choices"],
    ["nothing", {}, "the answer has no choices"],
    ["words", completion({ content: "Hello" }), "it does not satisfy the schema: it contains no JSON object"],
  ])("that is %s is told as such", (_, body, message) => expect(problem(body)).toBe(message));

  test("in parts is put together", () => {
    const content = [
      { type: "text", text: json.slice(0, 9) },
      { type: "text", text: json.slice(9) },
    ];
    expect(problem(completion({ content }))).toBe("");
  });
  test("that is whole counts, whatever the reason for its end", () =>
    expect(problem(completion({ content: json }, "length"))).toBe(""));

  test.each([
    [{ error: { message: "upstream is overloaded", code: 502 } }, TransientError],
    [{ error: { message: "slow down", code: "rate_limit_exceeded" } }, TransientError],
    [{ error: "upstream is away", choices: [] }, TransientError],
    [{ choices: [{ error: { message: "provider died", code: 503 }, finish_reason: "error" }] }, TransientError],
    [{ error: { message: "no such model", code: "404" } }, PermanentError],
    [{ error: { message: "pay first", code: "insufficient_quota" } }, PermanentError],
    [{ error: "context_length_exceeded" }, PermanentError],
    ["<html>busy</html>", TransientError],
    [null, TransientError],
  ])("with an error in it, %j, is an error", (body, kind) => {
    expect(() => readCompletion(body)).toThrow(kind);
  });
});
