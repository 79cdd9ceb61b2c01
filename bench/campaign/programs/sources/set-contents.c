/* glib's g_file_set_contents: set-contents FILE default|durable. */
#include <glib.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
  char text[3000];
  memset(text, 'n', sizeof text);
  GFileSetContentsFlags flags = G_FILE_SET_CONTENTS_CONSISTENT;
  if (strcmp(argv[2], "durable") == 0) flags |= G_FILE_SET_CONTENTS_DURABLE;
  else flags |= G_FILE_SET_CONTENTS_ONLY_EXISTING; /* what g_file_set_contents passes */
  if (!g_file_set_contents_full(argv[1], text, sizeof text, flags, 0666, NULL)) return 1;
  puts("ACK done");
  return 0;
}
