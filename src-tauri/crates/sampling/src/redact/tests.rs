//! Two lists: command lines with a secret, of which nothing may be seen, and ordinary ones, which stay whole. A line
//! stands for its kind: a program that is added to the table gets one in the first list.

use std::collections::BTreeSet;

use expect_test::expect;
use proptest::prelude::*;
use wire::Commands;

use super::*;

const SECRET: &str = include_str!("tests/command-lines.txt");
const PLAIN: &str = include_str!("tests/command-lines-plain.txt");

/// Of a list, with `|` between arguments, and `¦` where an argument holds one.
fn lines(list: &str) -> impl Iterator<Item = &str> {
    list.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

fn shown(line: &str) -> String {
    command(line.replace('|', "\0").replace('¦', "|").as_bytes())
}

#[test]
fn nothing_of_a_secret_is_shown() {
    let mut leaks = Vec::new();
    for line in lines(SECRET) {
        let shown = shown(line);
        // Each word of a secret has a number or letters of its own.
        let words = line
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter_map(|word| word.find("SECRET").map(|at| &word[at + 6..]));
        if words.map(|rest| rest.get(..2).unwrap_or("SECRET")).any(|rest| shown.contains(rest))
            || shown.contains("SECRET")
        {
            leaks.push(format!("{line}\n    {shown}"));
        }
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

#[test]
fn what_is_no_secret_stays_whole() {
    let hidden: Vec<_> = lines(PLAIN)
        .filter(|line| shown(line) != line.replace('|', " ").replace('¦', "|"))
        .map(shown)
        .collect();
    assert!(hidden.is_empty(), "{}", hidden.join("\n"));
}

#[test]
fn the_lists_are_as_long_as_they_were_and_hold_nothing_twice() {
    for (list, length) in [(SECRET, 1500), (PLAIN, 780)] {
        let all = lines(list).count();
        assert!(all >= length, "{all}");
        assert_eq!(lines(list).collect::<BTreeSet<_>>().len(), all);
    }
}

/// The last row would win.
#[test]
fn each_program_has_one_row() {
    let mut names = BTreeSet::new();
    for name in table::names() {
        assert!(names.insert(name), "{name}");
    }
}

#[test]
fn the_program_is_told_from_its_arguments() {
    let shown = |line: &str, name: &str| {
        let command = command_line(line.replace('|', "\0").as_bytes(), name);
        assert_eq!(command.shown(Commands::Hidden), None);
        command.shown(Commands::Programs).unwrap().to_owned()
    };
    for (line, name, program) in [
        ("/usr/bin/python3|/home/alice/tax.py|--year=2025", "python3", "/usr/bin/python3"),
        ("nginx: worker process", "nginx", "nginx"),
        ("postgres: alice shop 10.0.0.7(54321) SELECT", "postgres", "postgres"),
        ("sshd: alice@pts/0", "sshd", "sshd"),
        ("-bash", "bash", "-bash"),
        ("/opt/google/chrome/chrome --type=renderer --user=alice", "chrome", "/opt/google/chrome/chrome"),
        ("/usr/bin/python3 /home/alice/tool", "tool", "/usr/bin/python3"),
        ("watcher /home/alice/watcher x", "watcher", "watcher"),
        (
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome|--kiosk",
            "Google Chrome",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        ),
        ("C:\\Program Files\\App\\app.exe|/x", "app.exe", "C:\\Program Files\\App\\app.exe"),
        ("|x|y", "sh", ""),
        ("", "kthreadd", ""),
        ("a\u{202e}b|x", "a", "a\u{fffd}b"),
    ] {
        assert_eq!(shown(line, name), program, "{line}");
    }
    let long = shown(&format!("{}|x", "ä".repeat(LONGEST_COMMAND)), "x");
    assert!(long.ends_with('…') && !long.contains('x'), "{long}");
}

/// Every `CANARY` must be gone; arguments are separated by `|`.
#[test]
fn secrets_are_hidden_and_the_rest_stays() {
    let lines = [
        "app|--password=CANARY|--port=80",
        "app|--password|CANARY|-v",
        "app|--password=CANARY two words CANARY",
        "app|--password|CANARY two words CANARY",
        "app|--password=CANARY;x=&CANARY",
        "app|--auth-token|CANARY|run",
        "app|--api-key=CANARY|--apiKey|CANARY|-apikey=CANARY",
        "env|DB_PASSWORD=CANARY|PGPASSWORD=CANARY|SECRET_KEY_BASE=CANARY|HOME=/root|app",
        "docker|run|-e|MYSQL_ROOT_PASSWORD=CANARY|mysql:8",
        "java|-Dspring.datasource.password=CANARY|-Xmx512m|-jar|app.jar",
        "psql|postgres://bob:CANARY@db:5432/shop?sslmode=require",
        "git|clone|https://bob:CAN@ARY/CANARY@git.example.org/x.git",
        "curl|https://example.org/?user=bob&token=CANARY&page=2",
        "curl|-H|Authorization: Bearer CANARY|https://example.org",
        "curl|-u|bob:CANARY|https://example.org",
        "curl|-ubob:CANARY|https://example.org",
        "curl|--user=bob:CANARY|--proxy-user|bob:CANARY",
        "curl|-d|{\"user\": \"bob\", \"password\": \"CANARY\"}",
        "curl|-d|{\"password\":\"CANARY\"}",
        "mysql|-uroot|-pCANARY|shop",
        "sh|-c|mysqldump -u root -pCANARY shop | gzip > x",
        "sh|-c|export TOKEN=CANARY; app --secret 'CANARY and CANARY' --port 80",
        "sh|-c|PASSWORD=\"CANARY and CANARY\" app --port 80",
        "sshpass|-p|CANARY|ssh|host",
        "redis-cli|-a|CANARY|ping",
        "openssl|enc|-pass|pass:CANARY|-in|x",
        "sqlcmd|Server=db;User Id=sa;Password=CANARY;Database=shop",
        "aws|AKIACANARYCANARYCANA|x",
        "app|--client|CANARYcanary0123456789CANARYcanary012345",
        "app|ghp_CANARYCANARYCANARYCANARYCANARY123456",
        "app|x=eyJhbGciOiJIUzI1NiJ9.eyJCANARYCANARY.CANARY-CANARY",
        "docker|login|-u|bob|-p|CANARY|registry.example.org",
        "aws|configure|set|aws_secret_access_key|CANARY",
        "git|-c|http.extraheader=AUTHORIZATION: basic CANARY|fetch",
        "kubectl|create|secret|generic|db|--from-literal=password=CANARY",
        "mount|-t|cifs|-o|username=bob,password=CANARY,vers=3",
        "ffmpeg|-i|rtsp://bob:CANARY@10.0.0.9:554/live",
        "gpg|--batch|--passphrase|CANARY|-c|file",
        "xfreerdp|/u:bob|/p:CANARY|/v:host",
        "postgres: writer password=CANARY host=db",
    ];
    let shown: Vec<String> = lines.iter().map(|line| command(line.replace('|', "\0").as_bytes())).collect();
    let leaks: Vec<_> = shown.iter().filter(|line| line.contains("CANARY") || line.contains("ARY")).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
    expect![[r#"
        app --password=••• --port=80
        app --password ••• -v
        app --password=•••
        app --password •••
        app --password=•••
        app --auth-token ••• run
        app --api-key=••• --apiKey ••• -apikey=•••
        env DB_PASSWORD=••• PGPASSWORD=••• SECRET_KEY_BASE=••• HOME=/root app
        docker run -e MYSQL_ROOT_PASSWORD=••• mysql:8
        java -Dspring.datasource.password=••• -Xmx512m -jar app.jar
        psql postgres://bob:•••@db:5432/shop?sslmode=require
        git clone https://bob:•••@git.example.org/x.git
        curl https://example.org/?user=bob&token=•••&page=2
        curl -H Authorization: ••• https://example.org
        curl -u ••• https://example.org
        curl -u••• https://example.org
        curl --user=••• --proxy-user •••
        curl -d {"user": "bob", "password": •••
        curl -d {"password":•••
        mysql -uroot -p••• shop
        sh -c mysqldump -u root -p••• shop   gzip > x
        sh -c export TOKEN=•••; app --secret '•••' --port 80
        sh -c PASSWORD="•••" app --port 80
        sshpass -p ••• ssh host
        redis-cli -a ••• ping
        openssl enc -pass ••• -in x
        sqlcmd Server=db;User Id=sa;Password=•••;Database=shop
        aws ••• x
        app --client •••
        app •••
        app x=•••
        docker login -u bob -p ••• registry.example.org
        aws configure set aws_secret_access_key •••
        git -c http.extraheader=AUTHORIZATION: ••• fetch
        kubectl create secret generic db --from-literal=password=•••
        mount -t cifs -o username=bob,password=•••
        ffmpeg -i rtsp://bob:•••@10.0.0.9:554/live
        gpg --batch --passphrase ••• -c file
        xfreerdp /u:bob /p:••• /v:host
        postgres: writer password=••• host=db"#]]
    .assert_eq(&shown.join("\n"));
}

proptest! {
    #[test]
    fn a_password_is_hidden_whatever_surrounds_it(before in "[ -~]{0,8}", after in "[ -~]{0,8}") {
        let secret = format!("{before}CANARY{after}");
        // What begins like an option is taken for one where an option's value is missing.
        let as_next = format!("x{secret}");
        for line in [
            format!("app\0--password={secret}\0x"),
            format!("app\0--token\0{as_next}\0x"),
            format!("env\0API_TOKEN={secret}\0app"),
            format!("curl\0-u\0{as_next}\0x"),
            format!("mysql\0-p{as_next}\0x"),
        ] {
            let shown = command(line.as_bytes());
            prop_assert!(!shown.contains("CANARY"), "{shown}");
        }
    }
}

#[test]
fn hostile_command_lines_do_no_harm() {
    for line in
        [&b""[..], b"\0\0\0", b"=", b":", b"://", b"://:@", b"-", b"--", b"\xff=\xff", b"a=;b=;", b"'"]
    {
        let _ = command(line);
    }
    let _ = command("é=✓;密码:x://ü:ö@ä".as_bytes());
    let _ = command(" \u{a0}password=\u{2003}'x".as_bytes());
}

/// Quotes, pipes, and what a shell makes of them: a pipe cannot stand in the lists.
#[test]
fn scripts_are_split_as_a_shell_splits_them() {
    for script in [
        "echo SECRET | kinit bob@EXAMPLE.ORG",
        "echo -n 'SECRET SECRET' | sudo -S apt update",
        "printf '%s' SECRET | docker login -u bob --password-stdin h",
        "echo SECRET | cryptsetup luksOpen /dev/sda x -",
        "kinit bob <<< SECRET",
        "mysql -p'SECRET SECRET' | gzip",
        r#"curl -u "bob:SECRET" https://h | sh -c 'mysql -p"SECRET"'"#,
        r"app --password SECRET\ SECRET --port 80",
        "TOKEN=SECRET ./run&&KEY=SECRET ./run",
        "app --password=$(curl -u bob:SECRET h)",
        "it's --password SECRET",
    ] {
        let shown = command(format!("bash\0-c\0{script}").as_bytes());
        assert!(!shown.contains("SECRET"), "{shown}");
    }
    assert_eq!(command(b"sh\0-c\0echo hello | tee x | grep y"), "sh -c echo hello | tee x | grep y");
}

#[test]
fn of_a_long_line_a_part_is_looked_at_that_ends_between_words() {
    let line = |words: usize| "ghp_0123456789abcdefghijkl\0".repeat(words);
    let shown = command(line(1_000_000).as_bytes());
    assert!(shown.len() < 2 * LONGEST_COMMAND && shown.ends_with(" …"), "{}", shown.len());
    // Wherever the end of what is looked at falls, no half of a key is shown.
    for shift in 0..27 {
        let shown = command(format!("{}\0{}", "a".repeat(shift), line(200)).as_bytes());
        assert!(!shown.contains("ghp"), "{shown}");
    }
    assert_eq!(command("a".repeat(LONGEST_COMMAND).as_bytes()).len(), LONGEST_COMMAND);
    assert!(command("a".repeat(LONGEST_COMMAND * 100).as_bytes()).len() < LONGEST_COMMAND + 8);
}

proptest! {
    #[test]
    fn any_bytes_do_no_harm(line in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = command(&line);
    }

    #[test]
    fn any_signs_do_no_harm(line in "[a-z:/@=?&;'\"\\\\ |(<`$%,é✓\\[{.0-9A-Z\0-]{0,120}") {
        let _ = command(line.as_bytes());
        let _ = command(format!("sh\0-c\0{line}").as_bytes());
        let _ = command(format!("curl\0-u\0{line}\0-H\0{line}").as_bytes());
    }
}
