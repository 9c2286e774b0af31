using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Services.Shares;

/// <summary>Links by which people without an account read one file of a home, or send files into one folder of it.</summary>
/// <exception cref="RefusedException">Every expected "no", from any method.</exception>
public sealed class Shares
{
    /// <summary>Makes a link; needs <see cref="Permissions.Share"/>.</summary>
    public Task<SharedLink> AddAsync(Caller caller, SharePlan plan) => throw new RefusedException(RefusalCode.Unsupported);

    /// <summary>The caller's own, newest first.</summary>
    public Task<IReadOnlyList<ShareEntry>> ListAsync(Caller caller) => throw new RefusedException(RefusalCode.Unsupported);

    /// <summary>Ends a link of the caller's own at once.</summary>
    public Task RevokeAsync(Caller caller, string id) => throw new RefusedException(RefusalCode.Unsupported);

    /// <summary>Opens a link; every check is made anew each time.</summary>
    /// <param name="from">A peer address without its port, for the audit log.</param>
    /// <exception cref="RefusedException"><see cref="RefusalCode.ShareUnknown"/> for every reason.</exception>
    public Task<OpenShare> OpenAsync(string id, string secret, string from) => throw new RefusedException(RefusalCode.ShareUnknown);
}
