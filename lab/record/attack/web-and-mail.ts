import type { Attack } from './attack.js'

/** HTTP and the text protocols of mail and files: a line each way. */
export const WEB_AND_MAIL: readonly Attack[] = [
  {
    name: 'http',
    holds:
      'HTTP/1.0, 1.1 and 2 in the clear with every method, a WebSocket upgrade and CONNECT, four servers',
    programs: ['curl', 'python3', 'nginx', 'busybox', 'tinyproxy'],
    acts: [
      {
        servers: [
          'mkdir -p site; echo page > site/index.html; exec python3 -m http.server 53 --bind 127.0.0.1 --directory site',
          `printf 'daemon off;pid nginx.pid;error_log stderr;events{}http{access_log off;client_body_temp_path b;proxy_temp_path p;fastcgi_temp_path f;uwsgi_temp_path u;scgi_temp_path s;
server{listen 127.0.0.2:53;location / {return 200 page;} location /r {return 302 /;}} server{listen 127.0.0.4:53 http2;location / {return 200 page;}}}' > nginx.conf
exec nginx -p "$PWD" -c nginx.conf -e stderr`,
          'sleep 0.5; exec busybox httpd -f -p 127.0.0.3:53 -h site',
          `printf 'Port 53\\nListen 127.0.0.5\\nTimeout 5\\nMaxClients 10\\n' > tinyproxy.conf; exec tinyproxy -d -c tinyproxy.conf`,
        ],
        sockets: 5,
        clients: `for host in 127.0.0.1 127.0.0.2 127.0.0.3; do
for method in GET HEAD POST PUT DELETE OPTIONS PATCH TRACE PROPFIND CONNECT MKCOL SUBSCRIBE M-SEARCH PRI; do
curl -sS -m 2 -X $method http://$host:53/ | head -c 40; done
for path in / /index.html /r /missing /a/b/c?q=1; do curl -sS -m 2 http://$host:53$path; curl -sS -m 2 -0 http://$host:53$path; done
curl -sS -m 2 -d name=value http://$host:53/cgi; curl -sS -m 2 -T site/index.html http://$host:53/up
curl -sS -m 1 -H 'Upgrade: websocket' -H 'Connection: Upgrade' -H 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==' -H 'Sec-WebSocket-Version: 13' http://$host:53/ws
done
for path in / /x /y; do curl -sS -m 2 --http2-prior-knowledge http://127.0.0.4:53$path; curl -sS -m 2 --http2 http://127.0.0.2:53$path; done
for target in http://127.0.0.2:53/ http://192.0.2.1/; do curl -sS -m 2 -x 127.0.0.5:53 $target; curl -sS -m 2 -p -x 127.0.0.5:53 $target; done`,
        expected: /page/,
      },
    ],
  },
  {
    name: 'smtp',
    holds: 'OpenSMTPD and curl, several greetings',
    programs: ['smtpd', 'curl'],
    acts: [
      {
        servers: [
          `printf 'listen on 127.0.0.1 port 53 hostname mail.example\\nlisten on 127.0.0.2 port 53 hostname mx1.example\\naction drop mda "true"\\nmatch from any for any action drop\\n' > smtpd.conf
mkdir -p spool; mount --bind spool /var/spool 2>/dev/null; mkdir -p /var/spool/smtpd; chmod 711 /var/spool/smtpd; mount -t tmpfs tmpfs /run; exec smtpd -d -f "$PWD/smtpd.conf"`,
        ],
        sockets: 2,
        clients: `for host in 127.0.0.1 127.0.0.2; do for name in a.example client.example; do
printf 'Subject: hello\\n\\ntext\\n' > mail.txt
curl -sS -v -m 4 --mail-from x@$name --mail-rcpt y@example -T mail.txt smtp://$host:53/$name
curl -sS -m 3 -X 'NOOP' smtp://$host:53/$name; done; done`,
        expected: /220 m/,
      },
    ],
  },
  {
    name: 'imap-pop3',
    holds: 'Dovecot and curl',
    programs: ['dovecot', 'curl'],
    acts: [
      {
        servers: [
          `mkdir -p run state; cat > dovecot.conf <<END
protocols = imap pop3
base_dir = $PWD/run
state_dir = $PWD/state
log_path = /dev/stderr
ssl = no
disable_plaintext_auth = no
default_login_user = nobody
default_internal_user = nobody
default_internal_group = nogroup
mail_location = maildir:$PWD/mail
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=65534 gid=65534 home=$PWD
}
service imap-login {
  chroot =
  inet_listener imap {
    address = 127.0.0.1
    port = 53
  }
}
service pop3-login {
  chroot =
  inet_listener pop3 {
    address = 127.0.0.2
    port = 53
  }
}
END
chmod 755 .; exec dovecot -F -c dovecot.conf`,
        ],
        sockets: 2,
        clients: `for name in ann bob carol; do curl -v -sS -m 3 imap://$name:pw@127.0.0.1:53/; curl -v -sS -m 3 pop3://$name:pw@127.0.0.2:53/; done
curl -sS -m 3 -X 'a1 NOOP' imap://127.0.0.1:53/; curl -sS -m 3 -X STAT pop3://127.0.0.2:53/`,
        expected: /Dovecot[\s\S]*\+OK/,
      },
    ],
  },
  {
    name: 'ftp',
    holds: 'vsftpd under two banners, with curl',
    programs: ['vsftpd', 'curl'],
    acts: [
      {
        servers: [
          ...['Files of the example network', 'Welcome'].map(
            (banner, index) =>
              `mkdir -p empty; printf 'listen=YES\\nlisten_address=127.0.0.${index + 1}\\nlisten_port=53\\nanonymous_enable=YES\\nanon_root=/\\nsecure_chroot_dir=%s/empty\\nbackground=NO\\nseccomp_sandbox=NO\\nftpd_banner=${banner}\\n' "$PWD" > ${index}.conf; exec vsftpd "$PWD/${index}.conf"`,
          ),
        ],
        clients: `for host in 127.0.0.1 127.0.0.2; do for path in / /none /etc/hostname; do
curl -v -sS -m 3 ftp://$host:53$path | head -c 60; curl -sS -m 3 --user guest:pw ftp://$host:53/; done; done`,
        expected: /220 /,
      },
    ],
  },
  {
    name: 'text-clients',
    holds: "openings of curl's other schemes, whois and telnet and busybox telnet towards telnetd",
    programs: ['curl', 'whois', 'busybox', 'nc', 'socat', 'telnetd'],
    acts: [
      {
        servers: [
          'while :; do printf "0 welcome\\r\\n" | timeout 2 nc -nlp 53 -s 127.0.0.1 -q 1; done >/dev/null',
        ],
        clients: `for scheme in gopher dict rtsp telnet mqtt ldap smb imap pop3 smtp ftp scp; do
bound 1; curl -sS -m 1 $scheme://guest:pw@127.0.0.1:53/one:two </dev/null; bound 1; curl -sS -m 1 $scheme://127.0.0.1:53/d:word </dev/null; done
for name in example.com 192.0.2.7 AS64496; do bound 1; timeout 1 whois -h 127.0.0.1 -p 53 $name; done
echo`,
      },
      {
        servers: ['exec socat TCP-LISTEN:53,bind=127.0.0.1,fork,reuseaddr "EXEC:telnetd -h -E /bin/sh"'],
        clients: `for word in id w ls pwd; do (sleep 0.2; echo $word; sleep 0.2; echo exit) | timeout 2 busybox telnet 127.0.0.1 53; done`,
        expected: /uid=0/,
      },
    ],
  },
]
