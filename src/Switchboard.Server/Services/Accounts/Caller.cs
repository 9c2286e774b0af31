using Switchboard.Protocol;

namespace Switchboard.Server.Services.Accounts;

/// <summary>What an account may do. Stored as the bits; shown by name. Values never change.</summary>
[Flags]
public enum Permissions
{
    None = 0,
    Files = 1,
    Run = 2,
    Chat = 4,
    Admin = 8,

    /// <summary>Make links by which people without an account read a file of this one's home, or send files into it.</summary>
    Share = 16,
}

/// <summary>Who is asking, as every service sees it: the account, its permissions at this moment, and where the request came from.</summary>
public sealed record Caller
{
    public required long AccountId { get; init; }
    public required string Account { get; init; }
    public required Permissions Allow { get; init; }

    /// <summary>A peer address without its port, <c>unix</c>, or <c>server</c>; for the audit log and for counting.</summary>
    public required string From { get; init; }

    public string? Device { get; init; }

    /// <summary>How the account's FTP clients that do not speak UTF-8 spell names, one of <see cref="LegacyEncoding.Known"/>; null for UTF-8.</summary>
    public string? FtpEncoding { get; init; }

    /// <summary>The token that logged in; null for a password.</summary>
    public string? Token { get; init; }

    /// <summary>Somebody else chose the account's password; the page leads to setting another.</summary>
    public bool MustRenew { get; init; }

    /// <summary>The server's own user or root on the Unix socket: may administer, has no home.</summary>
    public bool IsOperator { get; init; }

    /// <summary>The session of <see cref="Sessions"/> it belongs to; 0 before it entered.</summary>
    public long Session { get; init; }

    /// <summary>Which of the account's passwords the login rests on: a later one ends it.</summary>
    internal long PasswordEpoch { get; init; }

    /// <exception cref="RefusedException"><see cref="RefusalCode.Forbidden"/> when a permission is missing.</exception>
    public void Require(Permissions needed)
    {
        if ((Allow & needed) != needed)
        {
            throw new RefusedException(RefusalCode.Forbidden, Account, $"needs {needed.ToString().ToLowerInvariant()}");
        }
    }
}
