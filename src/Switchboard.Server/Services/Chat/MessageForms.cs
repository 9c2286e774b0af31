using System.Text;
using Switchboard.Protocol;
using Switchboard.Server.Storage.Chat;

namespace Switchboard.Server.Services.Chat;

/// <summary>A stored message as those outside know it.</summary>
internal static class MessageForms
{
    /// <summary>Everything but the text.</summary>
    public static RoomMessage ToHeader(this ChatMessage message, string room) => new()
    {
        Room = room,
        Number = message.Number,
        From = message.From,
        Time = message.Time,
        Kind = NameOf(message.Kind),
        Target = message.Target,
        Sha256 = message.File is { } file ? Convert.ToHexStringLower(file.Sha256) : null,
        Bytes = message.File?.Size,
    };

    public static HistoryEntry ToEntry(this ChatMessage message, string room) => new()
    {
        Room = room,
        Number = message.Number,
        From = message.From,
        Time = message.Time,
        Text = Encoding.UTF8.GetString(message.Text),
        Kind = NameOf(message.Kind),
        Target = message.Target,
        Sha256 = message.File is { } file ? Convert.ToHexStringLower(file.Sha256) : null,
        Bytes = message.File?.Size,
    };

    private static string? NameOf(MessageKind kind) => kind switch
    {
        MessageKind.Topic => "topic",
        MessageKind.Removed => "removed",
        MessageKind.Gone => "gone",
        MessageKind.File => "file",
        _ => null,
    };
}
