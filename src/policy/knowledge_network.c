/* knowledge_network.c - programs that reach the network. */
#include "policy/knowledge_rows.h"

static const struct knowledge rows[] = {
    { "curl|xh|http|https|httpie", NULL, EFFECT_NETWORK, OPERANDS_HOST, KNOWS_ALL_OPTIONS,
      OPTIONS(FLAGS("-fgGiIjJklLMnNOqRsSvVZ#012346a --fail --silent --show-error --location --insecure "
                    "--head --include --verbose --compressed --remote-name --remote-header-name --get "
                    "--globoff --no-progress-meter --progress-bar"),
              WRITES("-ocD --output --cookie-jar --dump-header --trace --trace-ascii --output-dir --stderr"),
              BRINGS("-O --remote-name --remote-name-all", EFFECT_WRITE), LOADS("-K --config"),
              { "-T --upload-file", TAKES_VALUE, MEANS_READ, EFFECT_NETWORK },
              TEXT("-AbCdeEFhHmPQrtuUwXxyYz --data --data-raw --data-binary --data-ascii --data-urlencode "
                   "--form --form-string --header --request --user --user-agent "
                   "--referer --cookie --max-time --connect-timeout --retry --range --write-out --proxy "
                   "--json --resolve --url-query --cert --key --cacert --interface --limit-rate"),
              { "--url", TAKES_VALUE, MEANS_HOST, EFFECT_NETWORK }, ASIDE),
      deed_upload, "curl(1) 7.88: -d @FILE and -F name=@FILE send files" },
    { "wget|wget2|aria2c|axel", NULL, EFFECT_NETWORK | EFFECT_WRITE, OPERANDS_HOST, KNOWS_ALL_OPTIONS,
      OPTIONS(FLAGS("-bcdEFHkKlLmnNpqrSvx46"),
              WRITES("-oaOP --output-document --output-file --append-output --directory-prefix "
                     "--save-cookies --warc-file"),
              READS("-i --input-file --post-file --body-file --load-cookies"),
              TEXT("-tTwQUReABDIX --header --user --password --user-agent --post-data --method --timeout "
                   "--tries --wait --level -l"),
              BRINGS_WITH("--use-askpass --execute", EFFECT_RUN), LOADS("--config"), ASIDE),
      deed_upload, "wget(1) 1.21" },
    { "nc|ncat|netcat|socat|telnet|ftp|lftp|tftp|sftp|rcp|rlogin|rsh|cryptcat|websocat|ngrok|cloudflared|"
      "gsutil|aws|gcloud|az|doctl|flyctl|fly|vercel|netlify|heroku|"
      "wrangler|supabase|modal|kubectl|helm|terraform|tofu|pulumi|ansible|ansible-playbook|psql|mysql|"
      "mongosh|mongo|redis-cli|sqlcmd|rclone|s3cmd|mc|croc|magic-wormhole|wormhole|transfer|smbclient|mail|"
      "mailx|sendmail|mutt|msmtp|swaks",
      NULL, EFFECT_NETWORK, OPERANDS_TEXT, KNOWS_NO_OPTIONS, NULL, deed_upload,
      "their manuals: reach other machines" },
    { "scp", NULL, EFFECT_NETWORK | EFFECT_WRITE, OPERANDS_TEXT, KNOWS_NO_OPTIONS, NULL, deed_scp,
      "scp(1) 9.2" },
    { "openssl", NULL, EFFECT_NETWORK, OPERANDS_TEXT, KNOWS_ONE_DASH | KNOWS_ALL_OPTIONS,
      OPTIONS(WRITES("-out -keyout -CAkey"), READS("-in -inkey -key -CAfile -cert -signature -verify")), NULL,
      "openssl(1) 3.0: s_client and its like reach the network" },
    { "ping|ping6|traceroute|tracepath|mtr|dig|nslookup|host|whois|nmap|masscan|arping|drill|resolvectl|"
      "getent|tcpdump|tshark|iperf|iperf3|ab|wrk|hey|siege|nikto|hydra|sqlmap|w3m|lynx|links|elinks|youtube-"
      "dl|yt-dlp",
      NULL, EFFECT_NETWORK, OPERANDS_TEXT, KNOWS_ALL_OPTIONS, NULL, NULL,
      "their manuals: reach the network" },
};

const struct knowledge_table knowledge_network = { rows, ARRAY_SIZE(rows) };
