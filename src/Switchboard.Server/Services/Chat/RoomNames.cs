using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Services.Chat;

/// <summary>
/// Names of rooms: those of accounts, by the same rules, so that no two look alike. A conversation has both names (<see cref="ConversationName"/>);
/// each of the two may also say <c>@</c> and the other's.
/// </summary>
internal static class RoomNames
{
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/>.</exception>
    public static string Normalize(string name) =>
        AccountName.TryNormalize(name, out var normal) ? normal : throw new RefusedException(RefusalCode.BadRequest, AccountName.Shorten(name), "a room's name has 1 to 32 letters, digits, '.', '_' and '-'");

    /// <summary>The two of a private conversation, as a caller names it.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/>; <see cref="RefusalCode.RoomUnknown"/> for one of two others.</exception>
    public static string Other(Caller caller, string name)
    {
        string[] names = [.. ConversationName.Names(name).Select(Normalize)];
        var found = names switch
        {
            [var other] => other,
            [var one, var other] when one == caller.Account => other,
            [var other, var one] when one == caller.Account => other,
            _ => throw new RefusedException(RefusalCode.RoomUnknown, name),
        };
        return found != caller.Account ? found : throw new RefusedException(RefusalCode.BadRequest, name, "a conversation is between two");
    }
}
