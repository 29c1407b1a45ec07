/** What `redis-cli --help` and `man redis-cli` print: the options that work here, in our own words. */
export const USAGE = `Usage: redis-cli [OPTIONS] [cmd [arg [arg ...]]]
  -h <hostname>      The server's host. Without it: 127.0.0.1.
  -p <port>          The server's port. Without it: 6379.
  -a <password>      Identify with this password. The environment variable
                     REDISCLI_AUTH does the same and shows up in no process
                     list; -a wins when both are there.
  --user <username>  Identify as this ACL user. Needs -a.
  --pass <password>  The same as -a.
  --askpass          Ask for the password; what is typed shows as asterisks.
  -u <uri>           Where and who in one word:
                     redis://user:password@host:port/database
  -r <repeat>        Run the command this many times; -1 never stops.
  -i <interval>      Wait this many seconds between runs of -r, between the
                     steps of --scan and between the lines of --stat.
                     Fractions are allowed: -i 0.1
  -n <db>            Select this database first.
  -2                 Speak RESP2.
  -3                 Speak RESP3.
  -x                 Take the command's last argument from standard input.
  -X <tag>           Take the argument that reads <tag> from standard input.
  -d <delimiter>     Put this between the elements of a reply in raw output.
                     Without it: a line end.
  -D <delimiter>     Put this after each reply in raw output.
  -c                 Follow a cluster's redirections.
  -e                 Exit with code 1 when the command answers an error.
  -t <timeout>       Give up connecting after this many seconds.
  --raw              Print replies as they are. The default when the output
                     goes to a file or another program.
  --no-raw           Print replies for people even then.
  --quoted-input     Read the words of the command as quoted strings.
  --csv              Print replies as comma-separated values.
  --json             Print replies as JSON. Uses RESP3 unless -2 is given.
  --quoted-json      The same in ASCII only.
  --show-pushes <yn> Whether to print RESP3 push messages.
  --eval <file>      Run the Lua script in a file: its keys follow, then a comma
                     that stands alone, then its arguments.
  --ldb              With --eval: step through the script, in a copy of the
                     dataset that is forgotten at the end.
  --ldb-sync-mode    The same in the server itself: it serves nobody meanwhile,
                     and what the script writes stays.
  --stat             Print a line of the server's figures every second.
  --cluster <command> [words] [options]
                     Make, check, repair and change a cluster. "--cluster help"
                     lists the commands.
  --latency          Ask PING a hundred times a second; tell the least, the most
                     and the mean in milliseconds. Into a file: once, after a
                     second, or what -i says.
  --latency-history  The same in ranges of 15 seconds, or what -i says.
  --latency-dist     A line of colours a second: how many replies took how long.
                     --mono: in greys.
  --intrinsic-latency <sec> How late the machine itself is. On a host of this
                     simulation a run is a wait of 100 microseconds.
  --bigkeys          Find the largest keys of each type by SCAN.
  --memkeys          The same by memory. --memkeys-samples <n>: look at so many
                     elements of each value.
  --keystats         Both in tables, with how sizes are distributed. Also
                     --keystats-samples <n>, --cursor <n>, --top <n>.
  --hotkeys          Find the keys that are used most; needs an LFU policy.
  --lru-test <keys>  Fill a cache of so many keys and tell how often it hits.
  --pipe             Send what standard input holds as it is; count the replies.
                     --pipe-timeout <sec>: how long to wait for the last one.
  --rdb <filename>   Fetch a snapshot. --functions-rdb: only the functions.
  --replica          Pose as a replica and show what the primary sends.
  --scan             List the keys, found with SCAN.
  --pattern <pat>    With --scan: only keys that match.
  --quoted-pattern <pat> The same, the pattern being a quoted string.
  --count <count>    With --scan: the COUNT of each step.
  --no-auth-warning  Do not warn about a password on the command line.
  --verbose          Say more.
  --help             Print this text.
  --version          Print the version.

Without a command redis-cli starts a conversation. There, type "help".

Examples:
  redis-cli SET greeting "hello"
  redis-cli -n 3 DBSIZE
  cat photo.txt | redis-cli -x SET photo
  redis-cli -r 5 -i 1 INCR ticks
  redis-cli --scan --pattern 'user:*'
  redis-cli --json HGETALL user:1
`;
