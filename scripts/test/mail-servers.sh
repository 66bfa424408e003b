#!/usr/bin/env bash
# A real mail server for the tests: postfix takes mail, dovecot checks passwords and serves it, both on loopback, with a
# throwaway authority. Needs root (both servers change users), and installs what is missing where apt-get is.
#   mail-servers.sh start DIR    prints CARDEA_TEST_MAIL={…json…} as one line: eval "export '$(… start DIR)'"
#   mail-servers.sh stop DIR
set -euo pipefail

usage() { echo "usage: ${0##*/} start|stop DIR" >&2; exit 2; }
[ $# = 2 ] || usage
command=$1
dir=$(realpath -m "$2")

stop() {
  if [ -f "$dir/postfix/main.cf" ]; then postfix -c "$dir/postfix" stop >/dev/null 2>&1 || true; fi
  if [ -f "$dir/dovecot.conf" ]; then doveadm -c "$dir/dovecot.conf" stop >/dev/null 2>&1 || true; fi
  for _ in $(seq 50); do
    [ -e "$dir/run/master.pid" ] || break
    sleep 0.1
  done
}

case $command in
  stop) stop; exit 0 ;;
  start) ;;
  *) usage ;;
esac

if [ "$(id -u)" != 0 ]; then echo 'mail servers for the tests need root' >&2; exit 1; fi
if ! command -v dovecot >/dev/null || [ ! -x /usr/lib/dovecot/imap ] || ! command -v postfix >/dev/null; then
  # The packages start their servers at once where they can; nothing but loopback is asked for.
  echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends dovecot-imapd postfix openssl >&2
fi

imaps=${CARDEA_TEST_MAIL_PORTS:-24993}
imap=$((imaps + 1)) smtps=$((imaps + 2)) submission=$((imaps + 3))
user=tester@example.test
# A letter of two bytes, and what shells, quoted strings and base64 mind.
password='pä55 "w\ord{7}%'
mkdir -p "$dir"/{tls,run,mail,spool,postfix,data}
chmod 755 "$dir"

# An authority that signs two names of loopback.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=Throwaway authority' \
  -keyout "$dir/tls/ca.key" -out "$dir/tls/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=localhost' \
  -keyout "$dir/tls/server.key" -out "$dir/tls/server.csr" 2>/dev/null
openssl x509 -req -in "$dir/tls/server.csr" -CA "$dir/tls/ca.pem" -CAkey "$dir/tls/ca.key" -CAcreateserial -days 2 \
  -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n') -out "$dir/tls/server.pem" 2>/dev/null

chown nobody:nogroup "$dir/mail"
printf '%s:%s:65534:65534::%s::\n' "$user" "$(doveadm pw -s SHA256-CRYPT -r 5000 -p "$password")" "$dir/mail/tester" >"$dir/users"
chmod 644 "$dir/users"

cat >"$dir/dovecot.conf" <<CONF
base_dir = $dir/run
log_path = $dir/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <$dir/tls/server.pem
ssl_key = <$dir/tls/server.key
disable_plaintext_auth = yes
auth_mechanisms = plain login
auth_failure_delay = 0
auth_cache_size = 0
first_valid_uid = 1
mail_location = maildir:%h
mail_max_userip_connections = 40
passdb {
  driver = passwd-file
  args = username_format=%u $dir/users
}
userdb {
  driver = passwd-file
  args = username_format=%u $dir/users
}
service imap-login {
  inet_listener imap {
    port = $imap
  }
  inet_listener imaps {
    port = $imaps
    ssl = yes
  }
}
service auth {
  unix_listener sasl {
    mode = 0666
  }
}
service anvil {
  # Failed logins from loopback are the tests' business.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
CONF

cat >"$dir/postfix/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $dir/spool
data_directory = $dir/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = $dir/postfix.log
maillog_file_prefixes = $dir
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.test
mydestination =
mynetworks =
virtual_transport = virtual
virtual_mailbox_domains = example.test
virtual_mailbox_base = $dir/mail
virtual_mailbox_maps = inline:{ { $user = tester/ } }
virtual_minimum_uid = 100
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
# Nothing ever leaves this machine.
default_transport = error:this server delivers here only
relay_transport = error:this server delivers here only
message_size_limit = 3000000
smtpd_tls_cert_file = $dir/tls/server.pem
smtpd_tls_key_file = $dir/tls/server.key
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = $dir/run/sasl
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtputf8_enable = yes
smtpd_error_sleep_time = 0
CONF
cat >"$dir/postfix/master.cf" <<CONF
127.0.0.1:$submission inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
127.0.0.1:$smtps inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
CONF
chown postfix "$dir/data"

trap 'stop; tail -n 20 "$dir"/*.log >&2 || true' ERR
dovecot -c "$dir/dovecot.conf" >&2
postfix -c "$dir/postfix" start >&2
# Both say so by answering.
for port in "$imaps" "$imap" "$smtps" "$submission"; do
  for attempt in $(seq 100); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
    if [ "$attempt" = 100 ]; then echo "nothing listens on $port" >&2; false; fi
    sleep 0.1
  done
done
trap - ERR

escape() { printf '%s' "$1" | sed 's/[\\"]/\\&/g'; }
printf 'CARDEA_TEST_MAIL={"user":"%s","password":"%s","host":"localhost","caFile":"%s","ports":{"imaps":%s,"imap":%s,"smtps":%s,"submission":%s}}\n' \
  "$user" "$(escape "$password")" "$(escape "$dir/tls/ca.pem")" "$imaps" "$imap" "$smtps" "$submission"
