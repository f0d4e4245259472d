// What a program or a person wrote, made fit to be shown.

const ESCAPES = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.?/g;
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;

/** The text without terminal escapes and control characters; a lone carriage return begins a line. */
export function printable(text: string): string {
  return text.replace(ESCAPES, "").replace(/\r\n?/g, "\n").replace(CONTROLS, "");
}

/** Evidence as lines: short values beside their name, long ones (output, bodies) by their end. */
export function evidenceLines(found: Record<string, unknown>, said = "", lines = 20): string[] {
  const shown: string[] = [];
  for (const [name, value] of Object.entries(found)) {
    const text = printable(inWords(value)).trimEnd();
    if (!text || said.includes(text)) continue;
    if (text.includes("\n")) shown.push(`${name}:`, ...text.split("\n").slice(-lines).map((line) => `  ${line}`));
    else if (text !== "{}" && text !== "[]") shown.push(`${name}: ${text.slice(0, 400)}`);
  }
  return shown;
}

function inWords(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
