// What the bundle offers: a widget for notebooks (anywidget's default export) and a replay for pages.

import { mountReplay } from "./replay.ts";
import { render } from "./widget.ts";

export { mountReplay };
export default { render };
