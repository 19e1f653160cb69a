// The console's pages: starts them in the browser.
import "./style/tokens.css";
import "./style/base.css";
import "./style/shell.css";
import "./style/marks.css";
import "./style/list.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { startClock } from "./state/clock.ts";
import { restoreTheme } from "./state/theme.ts";

restoreTheme();
startClock();
const place = document.getElementById("app");
if (place) render(<App />, place);
