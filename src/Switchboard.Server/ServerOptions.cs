using System.Net;
using Switchboard.Server.Services.Chat;
using Switchboard.Server.Services.Commands;

namespace Switchboard.Server;

public enum LogLevel
{
    Debug,
    Info,
    Warning,
    Error,
    Off,
}

/// <summary>Who may use FTP without TLS, for the login and for data.</summary>
public enum PlainFtp
{
    Allow,

    /// <summary>Clients on this machine, between which and us nobody listens.</summary>
    Loopback,
    Never,
}

/// <summary>Everything <c>serve</c> can be told. Each default says where it comes from; docs/operations.md repeats them as a table.</summary>
public sealed record ServerOptions
{
    /// <summary>9527, the port people type when they leave it out.</summary>
    public const int DefaultPort = 9527;

    /// <summary>The data directory, absolute.</summary>
    public required string Data { get; init; }

    /// <summary>Where the native door listens; <c>[::]</c> takes IPv4 too; port 0 picks a free one.</summary>
    public IReadOnlyList<IPEndPoint> Listen { get; init; } = [new(IPAddress.IPv6Any, DefaultPort)];

    /// <summary>2121, where FTP is found when 21 is left to others: a server without root's rights cannot take 21.</summary>
    public const int DefaultFtpPort = 2121;

    /// <summary>Where the FTP door listens (AUTH TLS offered); null is off.</summary>
    public IPEndPoint? Ftp { get; init; } = new(IPAddress.IPv6Any, DefaultFtpPort);

    /// <summary>Where datagrams are taken; null is off. The number of the native door, for it is another protocol's port.</summary>
    public IPEndPoint? Udp { get; init; } = new(IPAddress.IPv6Any, DefaultPort);

    /// <summary>Answer those on the local network who look for servers; needs <see cref="Udp"/>.</summary>
    public bool Find { get; init; } = true;

    /// <summary>Where FTP under implicit TLS is taken, for clients that know no AUTH TLS; null is off.</summary>
    public IPEndPoint? Ftps { get; init; }

    public PlainFtp FtpPlain { get; init; } = PlainFtp.Loopback;

    /// <summary>Ports for passive data connections; null lets the kernel pick, which a firewall in between does not let through.</summary>
    public PortRange? FtpPassivePorts { get; init; }

    /// <summary>The IPv4 address that PASV tells clients of other machines, for a server behind address translation; null tells the one they reached.</summary>
    public IPAddress? FtpPassiveAddress { get; init; }

    /// <summary>Bytes per second of each FTP transfer; null is no bound.</summary>
    public long? FtpRate { get; init; }

    /// <summary>SHA-256 of what comes over FTP, told in the reply and recorded.</summary>
    public bool FtpDigest { get; init; } = true;

    /// <summary>PEM files of the operator's own certificate; null means the one in the data directory, made at first start.</summary>
    public string? CertificateFile { get; init; }

    public string? KeyFile { get; init; }

    /// <summary>Also accept connections without TLS.</summary>
    public bool Insecure { get; init; }

    public LogLevel LogLevel { get; init; } = LogLevel.Info;

    public bool LogJson { get; init; }

    /// <summary>The banner's language: <c>en</c> or <c>zh</c>.</summary>
    public string Lang { get; init; } = "en";

    /// <summary>Connections in all: about 500 MB of TLS state at 50 KB each.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>Connections from one address: a classroom behind one router, four each.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 256;

    /// <summary>How long one connection too many waits for a place before it is told why.</summary>
    public TimeSpan ConnectionWait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>From accept to a finished login: ten times a login over a satellite link.</summary>
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Without a request, when nothing is under way: below the five minutes after which home routers forget a connection.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Accounts' sessions at once; one more waits in line or is told.</summary>
    public int MaxUsers { get; init; } = 1_000;

    /// <summary>Pending connections the kernel keeps while we are busy; a restart meets all clients at once.</summary>
    public int Backlog { get; init; } = 4_096;

    /// <summary>How long a stop waits for what is under way before it parks it.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Acknowledge changes only when they are on the disk. Without it a power cut may lose or empty acknowledged files; small files are many times faster.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>Bytes of disk that are never given to uploads, so that the database can always write.</summary>
    public long DiskReserve { get; init; } = 64L << 20;

    /// <summary>Unfinished uploads are kept this long after their last byte.</summary>
    public TimeSpan PartialExpiry { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Removed files can be put back for this long; zero frees them at once.</summary>
    public TimeSpan Bin { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Audit records older than this are removed.</summary>
    public TimeSpan AuditAge { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Audit records beyond this number are removed, oldest first.</summary>
    public int AuditRows { get; init; } = 100_000;

    /// <summary>The settings file that was read; no job may see it.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>What jobs may do and how much of them is kept; where they lie is the data directory's.</summary>
    public CommandsOptions Commands { get; init; } = new() { Jobs = "", Data = "" };

    /// <summary>What may be said and how much of it is kept.</summary>
    public ChatOptions Chat { get; init; } = new();

    /// <summary>Who a server started by root becomes: a user name or number; null picks the user <c>switchboard</c>, else the data directory's owner, else 9527.</summary>
    public string? RunAs { get; init; }
}
