# Saves three versions of a file; sync(1) with names calls fsync(2) on each.
for v in 1 2 3; do
  echo "version $v" >notes.tmp
  sync notes.tmp
  mv notes.tmp notes
  sync .
  echo "saved version $v"
done
