/**
 * When what takes some milliseconds is taken to hang. So long, because a busy machine may make anything late, and no load
 * may change what a run says.
 */
export const hangsAfterMs = 5 * 60_000;
