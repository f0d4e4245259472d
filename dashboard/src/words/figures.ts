// Numbers and times as people read them, worded as the command line words them. What is not known says so.

export const UNKNOWN = "unknown";

/** Such as `4.1 ms`, `2.5 s`, `12 min` or `3 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 0.1) return `${(seconds * 1000).toFixed(1)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
}

/** To the second, for time that is counted: `42 s`, `5 min`, `1 min 30 s`, `1 h 5 min`. */
export function span(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = hours ? 0 : whole % 60;
  const parts: [number, string][] = [[hours, "h"], [minutes, "min"], [rest, "s"]];
  return parts.filter(([count]) => count).map(([count, unit]) => `${count} ${unit}`).join(" ");
}

/** How long ago, coarser the longer: `3 s`, `12 min`, `5 h`, `3 days`. */
export function age(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 100) return `${whole} s`;
  if (whole < 5400) return `${Math.round(whole / 60)} min`;
  if (whole < 48 * 3600) return `${Math.round(whole / 3600)} h`;
  return `${Math.round(whole / 86400)} days`;
}

const two = (value: number) => String(value).padStart(2, "0");

/** The time of day of seconds since 1970, in the reader's time zone. */
export function clock(at: number): string {
  const date = new Date(at * 1000);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** A time of day, with the date when that is not today; in the reader's time zone. */
export function moment(at: number): string {
  const date = new Date(at * 1000);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return date.toDateString() === new Date().toDateString() ? clock(at) : `${day} ${clock(at)}`;
}

export function grouped(value: number): string {
  return value.toLocaleString("en-GB", { maximumFractionDigits: 0 });
}

/** A share (0 to 1) in per cent with two significant digits: `0.084 %`, `2.0 %`, `12 %`. */
export function percent(share: number): string {
  if (!share) return "0 %";
  const exponent = Number((share * 100).toExponential(1).split("e")[1]);
  return `${(share * 100).toFixed(Math.max(0, 1 - exponent))} %`;
}

/** A figure of a guard; its `unit` is `share`, `seconds`, or empty for a plain number. */
export function quantity(value: number | null, unit: string): string {
  if (value === null) return UNKNOWN;
  if (unit === "share") return percent(value);
  if (unit === "seconds") return seconds(value);
  return Math.abs(value) >= 1000 ? grouped(value) : String(Number(value.toPrecision(3)));
}

function seconds(value: number): string {
  if (value >= 10) return span(value);
  if (value >= 1) return `${value.toFixed(1)} s`;
  return value >= 0.01 || !value ? `${(value * 1000).toFixed(0)} ms` : `${(value * 1000).toFixed(1)} ms`;
}

/** How many things a second: `0`, `0.3`, `12.4`, `1,204`. */
export function rate(value: number): string {
  if (value >= 1000) return grouped(value);
  return value >= 100 ? value.toFixed(0) : value === 0 ? "0" : value.toFixed(1);
}

/** Milliseconds: `4.1`, `120`, `1,204`. */
export function millis(value: number): string {
  return value >= 1000 ? grouped(value) : value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

/** An e-value: how many times as likely what was seen is if the release is worse. */
export function eValue(value: number): string {
  if (value > 1e6) return "over 1,000,000";
  if (value >= 100) return grouped(value);
  return value >= 0.01 || !value ? String(Number(value.toPrecision(2))) : "under 0.01";
}

/** How far evidence is from the alarm, 0 to 1 on a logarithmic scale that begins at an e-value of 1. */
export function reached(evidence: number, alarmAt: number): number {
  return alarmAt > 1 ? Math.min(1, Math.log(Math.max(evidence, 1)) / Math.log(alarmAt)) : 1;
}

export const plural = (count: number, one: string, many = `${one}s`) => `${grouped(count)} ${count === 1 ? one : many}`;
