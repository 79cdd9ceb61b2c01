# In a guest (guest.sh): TinyDB removes a document, remove() returns, and what the disk was sent by then (the loop device's file) is copied.
# The copy is mounted: that is what a power cut leaves, nothing of it lost, nothing reordered.
set -e
cat > /tmp/remove.py <<'X'
import json, os, sys
from tinydb import TinyDB, JSONStorage, where
class TruncatesFirst(JSONStorage):
    """The same with one change: truncate comes before flush and fsync."""
    def write(self, data):
        self._handle.seek(0)
        self._handle.write(json.dumps(data))
        self._handle.truncate()
        self._handle.flush()
        os.fsync(self._handle.fileno())
db = TinyDB('disk/db.json', storage=TruncatesFirst if sys.argv[1] == 'control' else JSONStorage)
db.insert({'name': 'a first document', 'text': 'x' * 40})
db.insert({'name': 'a second document', 'text': 'y' * 40})
os.sync()
db.remove(where('name') == 'a second document')
os.system('cp --sparse=always disk.img crashed.img')
X
cat > /tmp/read.py <<'X'
from tinydb import TinyDB
try:
    print('readable,', len(TinyDB('disk/db.json').all()), 'document')
except ValueError as error:
    print('UNREADABLE:', error)
X
mkdir -p disk
for fs in ext4 xfs; do
  for what in shipped control; do
    rm -f disk.img; truncate -s 400M disk.img
    case $fs in ext4) mkfs.ext4 -q -F disk.img ;; xfs) mkfs.xfs -q -f disk.img ;; esac
    mount -t $fs -o loop disk.img disk
    /usr/bin/python3 /tmp/remove.py $what
    umount disk
    mount -t $fs -o loop crashed.img disk
    echo "$fs, $what: $(stat -c %s disk/db.json) bytes, $(/usr/bin/python3 /tmp/read.py)"
    umount disk
  done
done
