/** Messages a minute that are told each by itself; what is more is summed up (NOTIF-02). */
const A_MINUTE = 100;

/** @param ofTheMinute how many there have been in this minute, this one counted. */
export function isBurst(ofTheMinute: number): boolean {
  return ofTheMinute > A_MINUTE;
}
