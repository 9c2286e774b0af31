using Switchboard.Server.Doors.Ftp.Data;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Ftp;

/// <summary>What the commands of a session leave for those that follow.</summary>
internal sealed record SessionState
{
    /// <summary>The working folder, from the home.</summary>
    public string Folder { get; init; } = "/";

    /// <summary>Type A, with which a session begins (RFC 959, section 5.1).</summary>
    public bool IsText { get; init; } = true;

    /// <summary>PROT P: data connections are under TLS.</summary>
    public bool IsProtected { get; init; }

    /// <summary>PBSZ was said, without which PROT is out of order (RFC 4217, section 9).</summary>
    public bool IsSized { get; init; }

    /// <summary>EPSV ALL: no other way to a data connection from now on (RFC 2428, section 4).</summary>
    public bool OnlyExtendedPassive { get; init; }

    /// <summary>REST, for the next transfer.</summary>
    public long RestartAt { get; init; }

    /// <summary>The last unfinished upload whose size was told, and the byte it can go on at: what APPE then means, whatever arrived since.</summary>
    public (string Path, long At)? Offered { get; init; }

    /// <summary>ALLO, for the next upload.</summary>
    public long? Announced { get; init; }

    /// <summary>RNFR, for the RNTO that has to follow.</summary>
    public string? RenameFrom { get; init; }

    /// <summary>RANG, for the next HASH.</summary>
    public (long First, long Last)? Range { get; init; }

    public DigestKind Digest { get; init; } = DigestKind.Sha256;

    public MlsFacts Facts { get; init; } = MlsFacts.All;

    /// <summary>UTF-8 was asked for, whatever the account's old encoding.</summary>
    public bool Utf8Asked { get; init; }
}
