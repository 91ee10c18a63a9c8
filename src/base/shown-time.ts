/** Milliseconds since 1970 UTC as the time of the day, `11:20:56.120`. */
export function shownTime(time: number): string {
  return new Date(time).toISOString().slice(11, 23);
}
