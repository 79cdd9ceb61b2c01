# Started in a recovered directory: 0 the promise is kept, 1 it is not.
[ "$PLUGPULL_ACKS" -eq 0 ] && exit 0
have=$(sed -n 's/^version //p' notes 2>/dev/null)
[ "${have:-0}" -ge "$PLUGPULL_ACKS" ] && exit 0
echo "version $PLUGPULL_ACKS was acknowledged, version ${have:-none} is there"
exit 1
