import { readFileSync, writeFileSync } from "node:fs";
import { pagePrompt } from "./page/prompt.ts";
import { PageJudgement } from "./steps/analysis.ts";
import { execFileSync } from "node:child_process";
for (const f of process.argv.slice(2)) {
const p = pagePrompt("http://x/"+f, readFileSync("examples/site/content/"+f,"utf8"));
const messages=[{role:"system",content:"Answer with one JSON object that satisfies this schema:\n"+JSON.stringify(PageJudgement)},{role:"user",content:"Objective: Compare the kettles, their prices and their guarantees, and say who makes them.\n\n"+p.prompt}];
const t=performance.now();
const out=execFileSync("python3",["-c","import sys,json; sys.path.insert(0,'components/data/litellm'); import answer; print(answer.answer(json.load(sys.stdin)))"],{input:JSON.stringify(messages)}).toString();
console.log("=====",f, p.words, Math.round(performance.now()-t)); console.log(JSON.stringify(JSON.parse(out),null,1).replace(/\{\n\s+"name": (.*),\n\s+"value": (.*)\n\s+\}/g,"$1 = $2"));
}
