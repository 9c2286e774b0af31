using Switchboard.Protocol;

namespace Switchboard.Server.Services.Accounts;

/// <summary>Limits of accounts and logins; each default says where it comes from.</summary>
public sealed record AccountsOptions
{
    /// <summary>Accounts logged in at once; one more waits in line or is told.</summary>
    public int MaxUsers { get; init; } = 1_000;

    /// <summary>Device tokens of one account: a person's machines and scripts, ten times over.</summary>
    public int MaxTokens { get; init; } = 100;

    /// <summary>The rounds every password has, known or not, so that the number tells nothing about a name.</summary>
    public int PasswordIterations { get; init; } = Scram.PasswordIterations;
}

/// <summary>What an administrator changes of an account; null stays.</summary>
public sealed record AccountSettings
{
    /// <summary>Bytes; -1 lifts the quota.</summary>
    public long? Quota { get; init; }

    public IReadOnlyList<string>? Allow { get; init; }

    public bool? Disabled { get; init; }

    /// <summary>See <see cref="LegacyEncoding"/>; <c>none</c> takes it away. Holds from the next login on.</summary>
    public string? FtpEncoding { get; init; }

    /// <summary>Its jobs see the machine's network.</summary>
    public bool? RunNetwork { get; init; }

    /// <summary>The only programs its jobs may begin with; empty means any.</summary>
    public IReadOnlyList<string>? RunPrograms { get; init; }

    /// <summary>Paths outside the home that its jobs see, read-only or with <c>:rw</c> behind them; empty means none.</summary>
    public IReadOnlyList<string>? RunPaths { get; init; }

    /// <summary>A new password; revokes the account's tokens and ends its sessions.</summary>
    public Verifier? Verifier { get; init; }
}

/// <summary>What a new device token is.</summary>
public sealed record TokenSettings
{
    /// <summary>Whose; null means the caller's own.</summary>
    public string? Account { get; init; }

    public required Verifier Verifier { get; init; }

    /// <summary>At most 100 characters.</summary>
    public string? Label { get; init; }

    public string? Device { get; init; }

    public IReadOnlyList<string>? Allow { get; init; }

    /// <summary>Microseconds since 1970; null means never.</summary>
    public long? Expires { get; init; }
}

/// <summary>Gives back what an account stored when it is removed.</summary>
/// <param name="actor">Who removes it.</param>
/// <param name="accountId">The account.</param>
/// <param name="purge">Also what is not empty; otherwise that is refused with <see cref="RefusalCode.NotEmpty"/>.</param>
public delegate Task HomeRelease(Caller actor, long accountId, bool purge);
