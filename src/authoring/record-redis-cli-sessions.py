"""
Records conversations with the real redis-cli
---------------------------------------------
Plays the sessions of sessions.json on a pseudo-terminal of 100 columns and 40 rows, each against an
empty server, and keeps the bytes that reached the terminal after each step. The test plays the same
steps in the simulation and compares what a terminal shows. The calls of calls.json, which have no
terminal, are kept with their output and exit code. The same for the debugger of scripts, in its own
folder: the scripts stand in scripts.json.

    redis-server --port 7816 --save '' --enable-debug-command yes &
    python3 src/authoring/record-redis-cli-sessions.py [debugger]
"""
import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time

PORT = '7816'
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../terminal/programs/redis-cli', *sys.argv[1:2])


def drain(fd, quiet, first):
    """What arrives until it is quiet; the first of it may take longer."""
    out = b''
    while select.select([fd], [], [], quiet if out else first)[0]:
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        out += data
    return out.decode('latin1')


def play(session):
    subprocess.run(['redis-cli', '-p', PORT, 'FLUSHALL'], capture_output=True)
    args = session['args'] if '-p' in session['args'] else ['-p', PORT, *session['args']]
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM='xterm', REDISCLI_HISTFILE='/dev/null')
        # The window gets its size before the program looks at it.
        time.sleep(0.1)
        os.execvp('redis-cli', ['redis-cli', *args])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 100, 0, 0))
    screens = [drain(fd, 0.5, 5)]
    for step in session['steps']:
        try:
            os.write(fd, step.encode('latin1'))
        except OSError:
            break
        screens.append(drain(fd, 0.3, 0.6))
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended == 0:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    os.close(fd)
    return {**session, 'args': args, 'screens': screens, 'code': None if ended == 0 else os.waitstatus_to_exitcode(status)}


def call(each):
    """One redis-cli without a terminal. The calls run in order against one database."""
    args = each['args'] if '-p' in each['args'] else ['-p', PORT, *each['args']]
    ran = subprocess.run(['redis-cli', *args], input=each.get('stdin', '').encode('latin1'), capture_output=True, timeout=20, env={**os.environ, 'TERM': 'xterm'})
    return {**each, 'args': args, 'stdout': ran.stdout.decode('latin1'), 'stderr': ran.stderr.decode('latin1'), 'code': ran.returncode}


if os.path.exists(os.path.join(HERE, 'scripts.json')):
    with open(os.path.join(HERE, 'scripts.json')) as file:
        scripts = json.load(file)
    os.chdir(tempfile.mkdtemp())
    for name, script in scripts.items():
        with open(name, 'w') as file:
            file.write(script)

with open(os.path.join(HERE, 'calls.json')) as file:
    calls = json.load(file)
subprocess.run(['redis-cli', '-p', PORT, 'FLUSHALL'], capture_output=True)
rows = [json.dumps(call(each)) for each in calls]
with open(os.path.join(HERE, 'calls.goldens.json'), 'w') as file:
    file.write('[\n' + ',\n'.join(rows) + '\n]\n')
print(f'{len(rows)} calls recorded')

with open(os.path.join(HERE, 'sessions.json')) as file:
    sessions = json.load(file)
rows = [json.dumps(play(session)) for session in sessions]
with open(os.path.join(HERE, 'sessions.goldens.json'), 'w') as file:
    file.write('[\n' + ',\n'.join(rows) + '\n]\n')
print(f'{len(rows)} sessions recorded')
