"""
Records the hints of the real redis-cli
---------------------------------------
Types lines into redis-cli on a pseudo-terminal and notes the grey text behind each, together with the
grammar (COMMAND DOCS) of the commands that occur, so that the test needs neither.

    redis-server --port 7816 --save '' &     PORT=7816 python3 src/authoring/record-redis-cli-hints.py
"""
import json
import os
import pty
import re
import select
import struct
import subprocess
import fcntl
import termios
import time

PORT = os.environ.get('PORT', '7816')
HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.join(HERE, '../terminal/programs/redis-cli/hints.goldens.json')
LINES = open(os.path.join(HERE, '../terminal/programs/redis-cli/hints.lines.txt')).read().splitlines()


def main():
    pid, fd = pty.fork()
    if pid == 0:
        os.environ['TERM'] = 'xterm'
        os.environ['REDISCLI_HISTFILE'] = '/dev/null'
        os.execvp('redis-cli', ['redis-cli', '-p', PORT])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 400, 0, 0))

    def drain(seconds):
        out = b''
        while select.select([fd], [], [], seconds)[0]:
            out += os.read(fd, 65536)
        return out.decode('latin1')

    drain(0.4)
    hints = []
    for line in LINES:
        os.write(fd, line.encode())
        shown = drain(0.12).split('\x1b[0K')[-1]
        hint = re.findall(r'\x1b\[0;90;49m(.*?)\x1b\[0m', shown)
        hints.append([line, hint[0] if hint else ''])
        os.write(fd, b'\x15')
        drain(0.05)
    os.write(fd, b'\x04')
    time.sleep(0.1)
    os.close(fd)
    os.waitpid(pid, 0)

    names = sorted({line.split(' ')[0].lower() for line in LINES if re.match(r'[a-zA-Z]+ ', line)})
    docs = json.loads(subprocess.run(['redis-cli', '-p', PORT, '--json', 'COMMAND', 'DOCS', *names], capture_output=True, text=True).stdout)
    grammar = []

    def collect(name, doc):
        grammar.append({'name': name.upper().replace('|', ' '), 'arguments': [argument(each) for each in doc.get('arguments', [])]})
        for sub, subdoc in doc.get('subcommands', {}).items():
            collect(sub, subdoc)

    def argument(doc):
        flags = doc.get('flags', [])
        return {
            'name': doc.get('display_text', doc['name']), 'type': doc['type'], **({'token': doc['token']} if 'token' in doc else {}),
            'optional': 'optional' in flags, 'multiple': 'multiple' in flags, 'multipleToken': 'multiple_token' in flags,
            'arguments': [argument(each) for each in doc.get('arguments', [])],
        }

    for name, doc in docs.items():
        collect(name, doc)
    rows = [f' {json.dumps(each)}' for each in grammar]
    found = [f' {json.dumps(each)}' for each in hints]
    with open(TARGET, 'w') as out:
        out.write('{"grammar":[\n' + ',\n'.join(rows) + '\n],"hints":[\n' + ',\n'.join(found) + '\n]}\n')
    print(f'{len(hints)} hints recorded')


main()
