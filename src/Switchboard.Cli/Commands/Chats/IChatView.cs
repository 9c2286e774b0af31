namespace Switchboard.Cli.Commands.Chats;

/// <summary>Where a chat shows: above a line that stays the person's while they type, or as plain lines in a pipe.</summary>
internal interface IChatView : IDisposable
{
    int Width { get; }

    /// <summary>Shows whole lines.</summary>
    void Show(IEnumerable<string> lines);

    /// <summary>Shows something that nobody said.</summary>
    void Remark(string line);

    /// <summary>The room that what is typed goes to.</summary>
    void SetRoom(string room);

    /// <summary>Calls the person, who may look elsewhere.</summary>
    void Ring();

    /// <summary>What was typed next; null at the end. Page Up is told as <see cref="PageUp"/>.</summary>
    Task<string?> ReadAsync(CancellationToken stop);

    const string PageUp = "\u001b[5~";
}
