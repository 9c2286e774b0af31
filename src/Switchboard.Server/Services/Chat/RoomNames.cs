using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Services.Chat;

/// <summary>
/// Names of rooms: those of accounts, by the same rules, so that no two look alike. A private conversation is <c>@ann,ben</c>, both names in
/// order; each of the two may also say <c>@</c> and the other's name.
/// </summary>
internal static class RoomNames
{
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/>.</exception>
    public static string Normalize(string name) =>
        AccountName.TryNormalize(name, out var normal) ? normal : throw new RefusedException(RefusalCode.BadRequest, AccountName.Shorten(name), "a room's name has 1 to 32 letters, digits, '.', '_' and '-'");

    public static bool IsPrivate(string name) => name.StartsWith('@');

    /// <summary>The two of a private conversation, as a caller names it.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/>; <see cref="RefusalCode.RoomUnknown"/> for one of two others.</exception>
    public static string Other(Caller caller, string name)
    {
        string[] names = [.. name[1..].Split(',').Select(Normalize)];
        return names switch
        {
            [var other] => other,
            [var one, var other] when one == caller.Account => other,
            [var other, var one] when one == caller.Account => other,
            _ => throw new RefusedException(RefusalCode.RoomUnknown, name),
        };
    }

    public static string Private(string one, string other) =>
        string.CompareOrdinal(one, other) < 0 ? $"@{one},{other}" : $"@{other},{one}";
}
