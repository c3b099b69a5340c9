/* knowledge_system.c - processes, services, devices, users, containers. */
#include "policy/knowledge_rows.h"

static const struct knowledge rows[] = {
    { "ps|pgrep|pidof|pstree|lsof|fuser|netstat|lsblk|lspci|lsusb|lsmod|sensors|"
      "iostat|mpstat|last|findmnt|lsns|lslocks|lsipc|ipcs|pwdx|acpi",
      NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_NO_OPTIONS, NULL, deed_kill,
      "procps 4.0, util-linux 2.38: only print; fuser -k kills, ps e shows environments" },
    { "pmap", NULL, EFFECT_READ, OPERANDS_TEXT, KNOWS_MORE,
      OPTIONS(FLAGS("-dpqxX --device --extended --quiet --show-path"), TEXT("-A --range"), ASIDE), NULL,
      "pmap(1), procps 4.0: -n and -N write" },
    { "top|htop|ss|blkid|dmidecode|sar|lastlog|slabtop|nvidia-smi", NULL, EFFECT_READ | EFFECT_UNKNOWN,
      OPERANDS_TEXT, KNOWS_NO_OPTIONS, NULL, NULL,
      "ss -K kills connections; ss -D, sar -o, dmidecode --dump-bin and blkid -c write; lastlog -C clears" },
    { "pkill|killall|killall5|skill|snice|xkill|renice", NULL, EFFECT_PROCESS, OPERANDS_TEXT,
      KNOWS_NO_OPTIONS, NULL, deed_kill, "pkill(1), killall(1)" },
    { "shutdown|reboot|halt|poweroff|init|telinit|kexec", NULL, EFFECT_SYSTEM, OPERANDS_TEXT,
      KNOWS_NO_OPTIONS, NULL, deed_power, "systemd 252" },
    { "systemctl|service|rc-service|launchctl|initctl|sv|s6-svc|supervisorctl|loginctl|machinectl|"
      "timedatectl|hostnamectl|localectl|update-rc.d|chkconfig|journalctl|logger|dmesg",
      NULL, EFFECT_SYSTEM, OPERANDS_TEXT, KNOWS_NO_OPTIONS, NULL, deed_power, "systemctl(1) 252" },
    { "mount|umount|swapon|swapoff|losetup|cryptsetup|dmsetup|lvcreate|lvremove|vgremove|pvremove|mdadm|zfs|"
      "zpool|btrfs|insmod|modprobe|rmmod|sysctl|iptables|ip6tables|nft|ufw|firewall-cmd|ip|ifconfig|route|"
      "brctl|tc|ethtool|hwclock|ntpdate|chvt|setterm|fsck|e2fsck|tune2fs|resize2fs|hdparm|nvme|eject|grub-"
      "install|update-grub|efibootmgr|fstrim|debugfs|depmod|ldconfig|update-alternatives|auditctl|setenforce|"
      "aa-teardown|auditd",
      NULL, EFFECT_SYSTEM, OPERANDS_TEXT, KNOWS_ALL_OPTIONS, NULL, NULL, "their manuals: change the system" },
    { "mkfs|mkfs.ext2|mkfs.ext3|mkfs.ext4|mkfs.xfs|mkfs.btrfs|mkfs.vfat|mkfs.fat|mkfs.ntfs|mke2fs|mkswap|"
      "mkdosfs|wipefs|fdisk|sfdisk|cfdisk|gdisk|sgdisk|parted|blkdiscard|badblocks",
      NULL, EFFECT_SYSTEM | EFFECT_DELETE, OPERANDS_WRITE, KNOWS_ALL_OPTIONS,
      OPTIONS(TEXT("-tLUbE --type --label")), NULL, "mkfs(8), fdisk(8): destroy what a device holds" },
    { "useradd|userdel|usermod|groupadd|groupdel|groupmod|adduser|deluser|addgroup|delgroup|passwd|chpasswd|"
      "chsh|chfn|visudo|vipw|vigr|gpasswd|newusers|chage|faillock",
      NULL, EFFECT_SYSTEM | EFFECT_PRIVILEGE, OPERANDS_TEXT, KNOWS_ALL_OPTIONS, NULL, NULL, "shadow 4.13" },
    { "docker|podman|nerdctl|buildah|skopeo|ctr|crictl|lxc|lxd|incus|vagrant|docker-compose|podman-compose|"
      "virsh|qemu-system-x86_64|kind|minikube|k3s|k3d",
      NULL, EFFECT_SYSTEM | EFFECT_NETWORK | EFFECT_CODE, OPERANDS_UNKNOWN, KNOWS_NO_OPTIONS, NULL,
      deed_container, "docker(1): whoever speaks to its daemon is root" },
    { "gpg|gpg2|gpgv|pass|age|ssh-add|ssh-agent|ssh-copy-id|ssh-keyscan|keyctl|secret-tool|"
      "security|vault|kinit|certbot|mkcert",
      NULL, EFFECT_SECRET | EFFECT_WRITE, OPERANDS_READ, KNOWS_ALL_OPTIONS, OPTIONS(WRITES("-o --output")),
      NULL, "they deal in keys" },
    { "ssh-keygen", NULL, EFFECT_SECRET | EFFECT_WRITE, OPERANDS_TEXT, KNOWS_ALL_OPTIONS,
      OPTIONS(WRITES("-f"), TEXT("-tbCNPmOYnIsVzZaEM"), FLAGS("-lpyqBcehiuvRFD")), NULL,
      "ssh-keygen(1) 9.2" },
    { "xdg-open|open|start|osascript|notify-send|xclip|xsel|pbcopy|pbpaste|wl-copy|wl-paste|xdotool|wmctrl|"
      "say|espeak",
      NULL, EFFECT_RUN, OPERANDS_TEXT, KNOWS_ALL_OPTIONS, NULL, NULL, "they act on a desktop" },
};

const struct knowledge_table knowledge_system = { rows, ARRAY_SIZE(rows) };
