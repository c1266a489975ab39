import { defineConfig } from "vitest/config";

// Tests run in Node; one that needs a document asks for it with `// @vitest-environment happy-dom` on its first line.
export default defineConfig({ test: { include: ["test/**/*.test.ts"] } });
