/** A server of few words for tests: it appends the lines that it is sent to a log, and answers. */

/** @param sync run before it answers */
export const logServer = (sync: string) => ({
  run: `mkfifo "$PLUGPULL_SOCKET.in" "$PLUGPULL_SOCKET.out" && : >>log && sync log . && echo ready
    while read -r line <"$PLUGPULL_SOCKET.in"; do echo "$line" >>log; ${sync}; echo ok >"$PLUGPULL_SOCKET.out"; done`,
  ready: { log: '^ready$' },
});

/** Sends it one line, and says when that was answered. */
export const logClient = {
  run: 'echo first >"$PLUGPULL_SOCKET.in" && read -r answer <"$PLUGPULL_SOCKET.out" && echo "kept first"',
};
