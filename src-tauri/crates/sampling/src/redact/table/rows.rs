//! The rows of the table, by subject. Names within a row stand in no order.

use super::program::{Kind, Program, program};

pub(super) const PROGRAMS: [&[Program]; 8] = [RUNNERS, QUIET, WEB, DATABASES, NETWORK, FILES, CLOUD, SYSTEM];

const RUNNERS: &[Program] = &[
    program("sh bash dash zsh ksh ash fish rbash", "", ">c", &[]).kind(Kind::Carrier),
    program("su runuser", "", "gGsw>c", &[]).kind(Kind::Carrier),
    program("ssh mosh autossh dbclient", "", "bcDEeFIiJLlmMoOpQRSWw", &[]).wrapper(1),
    program("sudo doas", "", "ugpCchrtTDRU", &[]).wrapper(0),
    program("env", "", "uCS", &[]).wrapper(0),
    program(
        "nice ionice setsid nohup time stdbuf exec command builtin unbuffer eatmydata dbus-run-session",
        "",
        "ncpoeif",
        &[],
    )
    .wrapper(0),
    program("timeout taskset chrt chroot flock cgexec", "", "kswEcg", &[]).wrapper(1),
    program("xargs parallel", "", "IndPLsEaj", &[]).wrapper(0),
    program("strace ltrace gdb valgrind perf", "", "oepsESPu", &[]).wrapper(0),
    program("watch script", "", "n>c", &[]).wrapper(0),
    program("nsenter unshare ip-netns systemd-run setpriv capsh", "", "tSGpuMH", &[]).wrapper(0),
    program("sshpass", "-p", "fdP", &[]).wrapper(0),
    program("docker podman nerdctl buildah docker-compose podman-compose", "", "vwuhlmcfn", &[])
        .kind(Kind::Carrier)
        .plain("--secret --secret-add --secret-rm"),
    program(
        "kubectl oc k3s microk8s",
        "--from-literal= --docker-password",
        "nclofs",
        &["get|describe|delete|edit|create secret|token|sa _ _"],
    )
    .kind(Kind::Carrier),
    program("busybox toybox tini dumb-init catatonit s6-setuidgid gosu", "", "", &[]).kind(Kind::Carrier),
    program("echo printf", "", "", &[]).kind(Kind::Echo),
    program("expect spawn", "", ">c", &[]).kind(Kind::Carrier),
    program("cmd powershell pwsh", "", "", &[]).kind(Kind::Carrier).starting("/c /k /r /s -c -command"),
    program("runas", "/pass: /p: /password:", "*", &[]).kind(Kind::Carrier),
    program("xterm konsole alacritty kitty gnome-terminal xfce4-terminal tmux screen", "", "*", &[])
        .kind(Kind::Quiet)
        .starting("-e -x --"),
    program("xvfb-run firejail bwrap flatpak proxychains proxychains4 torsocks torify", "", "", &[])
        .kind(Kind::Carrier),
];

/// Words of these are looked for, shown, installed or started.
const QUIET: &[Program] = &[
    program("grep egrep fgrep zgrep rg ag ack fd locate man info less more cat bat vi vim nvim nano emacs code", "", "", &[])
        .kind(Kind::Quiet)
        .plain("--pass"),
    program("find", "", "*", &[]).kind(Kind::Quiet).starting("-exec -execdir -ok -okdir"),
    program("gem", "-k", "", &[]).kind(Kind::Quiet),
    program("apt apt-get apt-cache apt-key dpkg dnf yum rpm zypper pacman brew snap pip pip3 pipx cargo rustc go", "--token", "", &["login !"])
        .kind(Kind::Quiet),
    program("systemctl service journalctl loginctl ps pgrep pkill pidof tail head wc sed awk gawk ls cp mv rm mkdir", "", "", &[])
        .kind(Kind::Quiet)
        .plain("--key --sort-key"),
    program("touch chmod chown tar which xdotool ydotool dotool wtype xte sort ffmpeg ffprobe x264 x265 vpxenc gsettings dconf test", "", "", &[])
        .kind(Kind::Quiet)
        .plain("--key --pass -pass"),
];

const WEB: &[Program] = &[
    program(
        "curl",
        "-u --user -U --proxy-user -b= --cookie= -E: --cert: --proxy-cert: --pass --proxy-pass --oauth2-bearer --tlspassword --aws-sigv4",
        "AcCdDeFhHKmoPQrTtwxXyYz",
        &[],
    )
    .plain("--aws-sigv4"),
    program("wget wget2 aria2c axel", "--http-passwd --ftp-passwd", "oOPUBaeitTwQlADRIX", &[]),
    program("http https httpie xh xhs", "-a --auth", "Aobsp", &[]).kind(Kind::OnlyAtStart).plain("--auth-type"),
    program("ab siege hey oha bombardier", "-A -a", "ncHTtkmp", &[]).kind(Kind::OnlyAtStart),
    program("nikto", "-id", "*", &[]),
    program("yt-dlp youtube-dl gallery-dl you-get", "-p --video-password --ap-password -2 --twofactor", "ufoPSraN", &[]),
    program("caddy", "--plaintext", "p", &[]).kind(Kind::OnlyAtStart),
    program("lynx links elinks w3m", "-auth", "*", &[]),
    program("squidclient", "-w -W", "huUpT", &[]),
    program("sonar-scanner", "", "*", &[]),
    program("transmission-remote", "-n: --auth:", "*", &[]),
    program("chamber credstash", "", "", &["write _ _ !", "put _ !"]),
    program("apprise", "", "*", &["!*"]),
    program("ntfy", "-u: -k", "*", &[]).kind(Kind::OnlyAtStart),
    program("wp drush", "", "", &["user:password|user-password|upwd _ !", "config set _ !"]).kind(Kind::OnlyAtStart),
    program("grafana-cli grafana", "", "", &["reset-admin-password !"]),
    program("htpasswd htdigest", "", "C", &["_ _ !", "-nb|-bn|-nbB|-nbm|-nbs|-nbBC|-Bbn|-bnB|-nBb|-Bnb|-bnm|-nbd _ !"]),
    program("git hub", "", "CmFSXu", &["config _", "credential", "grep _*"]).plain("--key"),
    program("npm yarn pnpm npx", "", "wCF", &["config set _authToken|authToken|npmAuthToken !"]),
    program("composer", "", "", &["config _ !*"]).kind(Kind::OnlyAtStart),
    program("twine poetry bundle uv hatch flit", "-p", "urC", &["config _ : :", "config http-basic.* _ !"]),
];

const DATABASES: &[Program] = &[
    program(
        "mysql mysqldump mysqladmin mysqlimport mysqlcheck mysqlshow mysqlslap mysqlpump mysqlbinlog mysqlsh mysql_upgrade",
        "-p",
        "uhPDSeoOwr",
        &[],
    ),
    program(
        "mariadb mariadb-dump mariadb-admin mariadb-import mariadb-check mariadb-show mycli xtrabackup mariabackup mydumper",
        "-p",
        "uhPDSe",
        &[],
    ),
    program(
        "mongo mongosh mongodump mongorestore mongoexport mongoimport mongostat mongotop mongofiles",
        "-p",
        "uhdcoq",
        &[],
    ),
    program(
        "redis-cli valkey-cli keydb-cli redis-benchmark",
        "-a",
        "hpsniduD",
        &["auth !*", "acl _ _ !*", "hello _ auth _ !", "config set requirepass|masterauth !"],
    ),
    program("redis-server valkey-server", "--masterauth --requirepass", "", &[]),
    program(
        "sqlplus sqlplus64 sqlcl sqlldr expdp impdp rman tkprof wrap dbca sqlplusw",
        "",
        "CMRF",
        &["/*", "connect|conn|target /"],
    )
    .kind(Kind::Ordinary),
    program("etcdctl", "--user:", "", &[]).kind(Kind::Quiet),
    program("exp imp sql", "", "", &["/"]).kind(Kind::OnlyAtStart),
    program("sqlcmd osql bcp tsql bsqldb fisql go-sqlcmd", "-P", "SUdDqQiohsHpL", &[]),
    program("isql iusql", "-P", "UScDiowtseI", &["_ _ !"]),
    program("isql-fb gbak gfix gsec nbackup fbsvcmgr", "-pas -pass -password -pw", "*", &[]),
    program("pt-*", "-p", "uhPSD", &[]),
    program("db2 db2cli", "", "", &["user _ using !"]).kind(Kind::OnlyAtStart),
    program("cqlsh nodetool beeline hdbsql impala-shell exasol", "-p -pw", "unehfdki", &[]),
    program("nzsql", "-pw -W", "*", &[]),
    program("vsql", "-w", "hUdpcf", &[]),
    program("clickhouse-client clickhouse clickhouse-local ch", "", "uhqd", &[]),
    program("influx influxd", "-t -password -p", "ouhb", &["password|pass !"]).kind(Kind::OnlyAtStart),
    program("couchbase-cli cbq cbbackup cbbackupmgr", "-p", "ucse", &[]),
    program("rabbitmqctl rabbitmqadmin", "-p", "nuHPV", &["add_user|change_password|authenticate_user _ !"])
        .plain(""),
    program("mosquitto_pub mosquitto_sub mosquitto_rr", "-P", "hptumiqVk", &[]),
    program("mosquitto_passwd", "", "", &["_ _ !"]),
    program("mosquitto_ctrl", "-P", "huptio", &["setClientPassword _ !", "createClient _ -p !"]),
    program("sqoop spark-submit kafka-console-consumer kcat kafkacat", "", "XbtCPo", &[]),
    program("neo4j-admin cypher-shell arangosh", "-p", "uad", &["set-initial-password !"]),
    program("elasticsearch-users opensearch-users", "-p", "r", &[]),
];

const NETWORK: &[Program] = &[
    program(
        "ldapsearch ldapmodify ldapadd ldapdelete ldapwhoami ldapcompare ldapmodrdn ldapexop ldapvc",
        "-w",
        "bDfHhpsPSUXYyZeoldtaRO",
        &[],
    ),
    program("ldapvi", "-w", "hDbsY", &[]),
    program("ldappasswd", "-w -s -a", "DHhpUtTXYy", &[]),
    program("slappasswd", "-s", "chTo", &[]),
    program(
        "smbclient rpcclient smbget smbcacls smbcquotas smbtree winexe smbspool",
        "-U% --user%",
        "WIkpsScdTtnOlMm",
        &["_ !"],
    ),
    program(
        "net",
        "-U% --user%",
        "WIkpsSnlw",
        &["user _ ?", "use _ ?", "use _ _ ?", "password _ !", "user add|password _ !"],
    )
    .kind(Kind::OnlyAtStart),
    program("smbpasswd pdbedit", "", "DUrcm", &["_ !"]).kind(Kind::ReadsSecret),
    program("smbmap crackmapexec netexec nxc evil-winrm enum4linux", "-p -H", "uidx", &[]),
    program("samba-tool", "-U% --newpassword", "H", &["user create|add _ !"]),
    program("wbinfo", "-a% --authenticate% --krb5auth% -K%", "*", &[]),
    program("mount mount.cifs mount.davfs", "-o%", "tL", &[]),
    program("kadmin kadmin.local ktutil", "-w -pw -password", "*>q", &["cpw|addprinc|ank"]),
    program("kinit pkinit", "", "lrctTSX", &[]).kind(Kind::ReadsSecret),
    program(
        "snmpwalk snmpget snmpset snmpbulkwalk snmpbulkget snmptable snmptrap snmpgetnext snmpstatus snmpdf",
        "-A -X -c -Y -Z",
        "*",
        &[],
    ),
    program("onesixtyone", "", "cio", &["_ !"]),
    program(
        "ejabberdctl prosodyctl",
        "",
        "",
        &["register|change_password|check_password|adduser|passwd _ _ !"],
    ),
    program("testsaslauthd", "-p", "urfs", &[]),
    program("irssi", "-w", "cpnh", &[]),
    program("mcrcon rcon", "-p", "HPsa", &[]),
    program("murmurd mumble-server", "-supw", "*", &["-supw !"]),
    program("radtest", "", "", &["_ ! _ _ !"]),
    program("radclient", "", "crtd", &["_ _ !"]),
    program(
        "ipmitool ipmi-sensors ipmipower ipmiutil",
        "-P -K -k -y",
        "*",
        &["user set password _ !", "user test _ _ !"],
    ),
    program("fence_*", "-p -P --password", "alinoxsSLckK", &[]),
    program(
        "impacket-* secretsdump wmiexec smbexec atexec dcomexec mssqlclient gettgt getst getuserspns getnpusers lookupsid ticketer certipy",
        "-hashes -aesKey -p -password -nthash -key -passphrase",
        "*",
        &[],
    ),
    program("xfreerdp xfreerdp3 wlfreerdp sdl-freerdp wfreerdp freerdp", "/p: /gp: /pth: /gt: -p", "*", &[]),
    program("rdesktop", "-p -i", "udsnkgxaTrcEKP", &[]),
    program(
        "x11vnc vncserver tigervncserver x0vncserver vncviewer wayvnc",
        "-passwd -viewpasswd -unixpw",
        "*",
        &[],
    ),
    program("lftp", "-u, --user,", "p>ce", &["open|user _ !", "-u ,"]),
    program("open", "-u, --user,", "p", &[]).kind(Kind::OnlyAtStart),
    program("ncftpput ncftpget ncftp ncftpls ncftpbatch", "-p", "uPjdtfWCS", &[]),
    program("plink pscp psftp putty pterm", "-pw", "*", &[]),
    program("winscp", "/password=", "*", &[]),
    program("ncat socat", "--proxy-auth:", "pxieg", &[]),
    program("hydra medusa ncrack patator", "-p", "lLPCMosteu", &[]),
    program("sqlmap wpscan gobuster ffuf wfuzz", "--auth-cred -P", "uwtoHcpr", &[]),
    program(
        "nmcli iwctl connmanctl",
        "--passphrase",
        "*",
        &["password !", "wep-key _ !", "set _ password|psk !"],
    ),
    program("iwconfig iw", "", "", &["key !*", "enc !*"]).kind(Kind::OnlyAtStart),
    program("wpa_passphrase", "", "", &["_ !"]).kind(Kind::OnlyAtStart),
    program("wpa_cli", "", "ip", &["set_network _ psk|password|wep_key0 !", "passphrase|password|pin _ !"]),
    program("openvpn vpnc openconnect openfortivpn sslvpn", "-p", "cuo", &[])
        .plain("--secret --askpass --auth-user-pass --auth"),
    program("pppd chat", "", "", &["password !"]).kind(Kind::OnlyAtStart),
    program("ss-local ss-server ss-redir ss-tunnel sslocal ssserver ssr-local", "-k", "splmtbciun", &[]),
    program(
        "tailscale netbird zerotier-cli headscale nordvpn mullvad",
        "--authkey --auth-key --setup-key -k -T",
        "",
        &["account login !"],
    )
    .kind(Kind::OnlyAtStart),
    program(
        "ngrok cloudflared frpc frps bore chisel localtunnel",
        "-t --auth --authtoken",
        "pcs",
        &["authtoken|add-authtoken !", "config add-authtoken|add-api-key !", "service install !"],
    )
    .kind(Kind::OnlyAtStart),
    program("swaks sendemail msmtp imapsync fetchmail", "-ap --ap -xp -ap*", "*", &[]),
    program("signal-cli", "", "*", &["verify !"]),
    program("expressvpn", "", "", &["activate !"]),
    program("teamviewer", "", "", &["passwd !", "assign|assignment !"]),
    program("anydesk", "", "", &["--set-password !"]).kind(Kind::ReadsSecret),
    program("curlftpfs", "-o:", "*", &[]),
    program("vpncmd vpnclient", "/password: /adminpassword:", "*", &[]),
    program("brook microsocks cntlm dante", "-p -P", "sluitc", &[]),
    program("proxytunnel", "-P: -R:", "*", &[]),
    program("networksetup", "", "", &["-setairportnetwork _ _ !"]),
    program("adb", "", "", &["pair _ !"]),
];

const FILES: &[Program] = &[
    program("7z 7za 7zr 7zz 7zzs p7zip", "-p", "*", &[]),
    program("rar unrar winrar", "-hp* -p", "*", &[]).plain("-p-"),
    program("zip unzip zipcloak zipinfo", "-P", "xidbt", &[]),
    program("qpdf", "", "", &["--encrypt ! !"]),
    program("pdftk", "", "", &["owner_pw|user_pw|input_pw !"]).kind(Kind::OnlyAtStart),
    program("pdftotext pdftoppm pdfinfo pdfimages pdftocairo pdfdetach", "-upw -opw", "*", &[]),
    program("mutool mudraw pdfcpu", "-p -upw -opw", "orF", &[]),
    program("openssl", "-k -K", "*", &["passwd !*"])
        .plain("-key -keyform -keyout -keysig -keyopt -keyalg -keymatexport -keymatexportlen -kfile -kdf -kdfopt -keylogfile -CAkey -keygen_engine -macalg -pubkey"),
    program("gpg gpg2 gpgsm", "--passphrase", "rouck", &[]).plain("--default-key --recv-key --sign-key --delete-key --edit-key --trusted-key --local-user --encrypt-to"),
    program("dislocker dislocker-fuse dislocker-file", "-u -p", "*", &[]),
    program("pk12util certutil", "-W -w -K -k -p /p", "*", &[]),
    program("mkpasswd makepasswd grub-mkpasswd-pbkdf2", "", "mSRP", &["_ !", "!"]).kind(Kind::ReadsSecret),
    program("oathtool", "", "dwscS", &["!*"]).kind(Kind::ReadsSecret),
    program("gpg-preset-passphrase", "-P", "", &[]),
    program("cryptsetup zuluCrypt-cli", "-p", "chsoltTSdi", &[]).kind(Kind::ReadsSecret).plain("--pbkdf"),
    program("veracrypt truecrypt", "-p --protection-password --new-password", "kmCN", &[]),
    program("borg restic rclone kopia duplicity rsync", "", "ref", &["obscure !", "config create|update _ _", "password|pass|pass2|secret_access_key|token !"]).kind(Kind::OnlyAtStart),
];

const CLOUD: &[Program] = &[
    program("login", "-p -t", "u", &[]).kind(Kind::OnlyAfterOther),
    program(
        "vault bao openbao",
        "",
        "",
        &[
            "login|unseal !",
            "operator unseal !",
            "login|write|patch|put =*",
            "kv put|patch _ =*",
            "operator rekey !",
            "token revoke|lookup|renew !",
            "unwrap !",
            "write|login _ =*",
        ],
    )
    .kind(Kind::OnlyAtStart),
    program("bw", "", "", &["login _ !", "unlock !"]).kind(Kind::OnlyAtStart),
    program("cf ibmcloud", "-p", "uosa", &["auth _ !"]).kind(Kind::OnlyAtStart),
    program("twilio", "", "", &["login _ !"]),
    program("snyk", "", "", &["auth !"]),
    program("op", "", "", &["signin _ _ !"]).kind(Kind::OnlyAtStart),
    program("supervisorctl", "-p", "cusr", &[]),
    program("librespot", "-p", "nuVbd", &[]),
    program("xmrig", "-p", "aou", &[]),
    program("gh glab tea", "", "Rtbm", &[]).kind(Kind::Carrier),
    program("secret secrets variable", "-b --body --value --from-literal= --docker-password", "R", &[])
        .kind(Kind::OfCarrier),
    program("helm helmfile", "", "nfm", &[]).kind(Kind::Carrier),
    program("az", "-p --value --password --secure-string", "gnuto", &[]).kind(Kind::OnlyAtStart),
    program("gcloud gsutil bq", "", "", &[]).kind(Kind::Quiet),
    program(
        "aws aws2 awslocal",
        "--secret-string --secret-binary --token-code --value",
        "",
        &["configure set _ !"],
    ),
    program("terraform tofu terragrunt packer", "", "", &[]),
    program("pulumi", "", "s", &["config set _ !"]).plain("--secret"),
    program("skopeo crane regctl oras", "--src-creds: --dest-creds: --creds: -p", "uf", &[]),
    program("mc", "", "", &["alias set _ _ !*", "config host add _ _ !*", "admin user add _ _ !"])
        .kind(Kind::OnlyAtStart),
    program("b2", "", "", &["authorize-account|authorize_account _ !", "account authorize _ !"])
        .kind(Kind::OnlyAtStart),
    program("swift openstack", "-K --os-password", "AUV", &[]).kind(Kind::OnlyAtStart),
    program("fly flyctl heroku", "-t", "a", &["secrets set =*", "config:set =*"]).kind(Kind::OnlyAtStart),
    program(
        "vercel netlify wrangler firebase doppler railway codecov nuget dotnet",
        "-t -ApiKey -k",
        "fFo",
        &["setapikey !", "push _ !", "secrets set =*"],
    )
    .kind(Kind::OnlyAtStart),
    program("doctl hcloud civo", "-t", "c", &[]),
    program("gitlab-runner act_runner buildkite-agent", "-r -t", "un", &[]),
    program("act", "-s=", "jPWe", &[]).kind(Kind::OnlyAtStart),
    program("jenkins-cli", "-auth", "*", &[]),
    program("steamcmd", "", "", &["+login _ !"]),
    program("mega-login megals megaget megaput megadl megacopy", "-p", "u", &["_ !"]),
    program("knife chef vagrant", "-P --ssh-password --winrm-password", "xNE", &[]),
    program("salt salt-call", "", "*", &["shadow.set_password|user.setpassword|user.chpassword _ !"]),
    program("ansible ansible-playbook ansible-vault", "", "iuelmat", &[]),
    program("s3cmd s5cmd", "", "", &[]),
    program("consul nomad nats", "", "", &["kv put _ !", "var put =*"]).kind(Kind::OnlyAtStart),
];

const SYSTEM: &[Program] = &[
    program("passwd chpasswd smbldap-passwd ssh-add secret-tool saslpasswd2 vncpasswd systemd-creds zfs pass gopass", "", "", &[])
        .kind(Kind::ReadsSecret),
    program("wg", "", "", &[]).kind(Kind::ReadsSecret),
    program("keyctl", "", "", &["add|padd _ _ !"]).kind(Kind::ReadsSecret),
    program("reg", "/d", "*", &[]).kind(Kind::OnlyAtStart),
    program("sc", "", "*", &["password= !"]).kind(Kind::OnlyAtStart),
    program("add-user", "-p", "uagr", &[]),
    program("useradd usermod adduser newusers", "-p", "udgGscekfK", &[]),
    program("ssh-keygen", "-N -P", "tbCfaImnOrsVYzZDFl", &[]),
    program("keytool jarsigner apksigner", "-storepass -keypass --ks-pass --key-pass", "*", &[])
        .plain("-storepass:env -storepass:file -keypass:env -keypass:file"),
    program("signtool osslsigncode pvk2pfx", "/p -p -pass", "*", &[]),
    program(
        "hdparm",
        "--security-set-pass --security-unlock --security-disable --security-erase --security-erase-enhanced",
        "",
        &[],
    ),
    program("sedutil-cli", "", "", &["!*"]),
    program("virsh", "", "c", &["secret-set-value _ !", "set-user-password _ _ !"]),
    program("qemu-system-x86_64 qemu-system-aarch64 qemu-img", "", "*", &[]),
    program("vmrun", "-gp -vp -p", "*", &[]),
    program("racadm ilorest esxcli govc perccli", "-p", "uhr", &[]),
    program("doveadm", "-p", "usc", &["auth test _ !"]),
    program("security", "-w -p -P -k", "aslcjDTGA", &["unlock-keychain _"])
        .kind(Kind::OnlyAtStart)
        .plain("-k"),
    program("dscl", "-P", "u", &["_ passwd|-passwd _ !*"]).kind(Kind::OnlyAtStart),
    program("sysadminctl dsconfigad dsconfigldap", "-password -adminPassword -newPassword -p", "*", &[]),
    program("psexec psexec64 paexec", "-p", "*", &[]),
    program(
        "schtasks tasklist taskkill systeminfo driverquery getmac openfiles logman eventcreate gpresult wevtutil",
        "/rp /p /p: /rp:", "*", &[]),
    program(
        "cmdkey wmic winrs netdom dsadd dsmod",
        "-U% /pass: /p: /password: /passwordd: /passwordo: -pwd",
        "*",
        &[],
    ),
    program("nssm", "", "", &["objectname _ !"]).kind(Kind::OnlyAtStart),
    program("manage-bde", "-RecoveryPassword -rp", "*", &[]),
    program("age", "", "", &[]).kind(Kind::OnlyAtStart),
    program("xauth", "", "f", &["add _ _ !"]),
];
