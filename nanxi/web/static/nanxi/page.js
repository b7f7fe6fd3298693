// What every page does. Each module looks for its own marks in the page and does nothing without them.
import { start as alarm } from "./alarm.js";
import { start as events } from "./events.js";
import { start as keys } from "./keys.js";
import { start as locate } from "./locate.js";
import { start as rows } from "./rows.js";
import { start as theme } from "./theme.js";
import { start as times } from "./times.js";
import { start as shell } from "./shell.js";

for (const begin of [shell, theme, keys, locate, times, rows, alarm, events]) begin();
