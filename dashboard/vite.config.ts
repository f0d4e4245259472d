import { defineConfig } from "vite";

// The built files are committed and shipped in the wheel, so that users need no Node. Names carry a hash of the content.
export default defineConfig({
  base: "/",
  publicDir: false,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../src/bluegreen/dashboard",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    // Inlined pictures would need `data:` in the Content-Security-Policy.
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
});
