namespace Switchboard.Protocol;

/// <summary>The name of a conversation between two accounts: <c>@ann,ben</c>, both names in order, so that there is one for each two.</summary>
public static class ConversationName
{
    /// <summary>The conversation of two accounts.</summary>
    public static string Between(string one, string other) =>
        string.CompareOrdinal(one, other) < 0 ? $"@{one},{other}" : $"@{other},{one}";

    /// <summary>The room is a conversation, or asks for one as <c>@</c> and a name.</summary>
    public static bool IsOne(string room) => room.StartsWith('@');

    /// <summary>The names in it: two, or the one it is asked for by.</summary>
    public static string[] Names(string room) => room[1..].Split(',');
}
