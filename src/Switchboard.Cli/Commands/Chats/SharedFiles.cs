using System.Globalization;
using Switchboard.Cli.Output;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Chats;

/// <summary>Files in rooms: sent into the sender's home and shown there, fetched from there. Each has connections of its own, so that talking goes on meanwhile.</summary>
internal sealed class SharedFiles(ChatConsole console, CancellationToken stop)
{
    /// <summary>Where in the home they lie.</summary>
    private const string Folder = "/chat";

    public async Task SendAsync(string local)
    {
        string path = Path.GetFullPath(local.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), local[2..]) : local);
        if (!File.Exists(path))
        {
            console.Note(ChatText.NoLocalFile(Printable.Escape(local)));
            return;
        }
        string room = console.Room;
        console.Note(ChatText.Sending(Printable.Escape(Path.GetFileName(path))));
        await using SwitchboardClient client = await SwitchboardClient.ConnectAsync(console.Remote.Options, stop);
        await client.MakeFolderAsync(Folder, parents: true, ct: stop);
        await using var transfers = new Transfers(console.Remote.Options);
        string? stored = null;
        await transfers.UploadAsync([path], Folder + "/", new() { IfExists = IfExists.KeepBoth, OnFile = file => stored = file.Path }, ct: stop);
        if (stored is not null)
        {
            await client.ShareAsync(room, stored, Guid.NewGuid().ToString("N"), stop);
        }
    }

    public async Task GetAsync(string rest)
    {
        string[] words = rest.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length == 0 || !long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out long number))
        {
            console.Note(ChatText.Needs("/get N"));
            return;
        }
        string room = console.Room;
        string folder = words.Length > 1 ? words[1] : ".";
        if (await NameAsync(room, number) is not { } name)
        {
            console.Note(ChatText.NoFile(number));
            return;
        }
        await using var transfers = new Transfers(console.Remote.Options);
        await transfers.DownloadFromRoomAsync(room, number, name, folder, new() { IfExists = IfExists.KeepBoth, OnFile = Tell }, ct: stop);
    }

    private void Tell(FileResult file) => console.Note(ChatText.Fetched(Printable.Escape(file.Local ?? ""), ByteSize.ToText(file.Size, console.Printer.Language)));

    private async Task<string?> NameAsync(string room, long number)
    {
        SwitchboardClient client = await console.Remote.ClientAsync(stop);
        await foreach (HistoryEntry entry in client.HistoryAsync(room, number, 1, null, stop))
        {
            if (entry.Number == number && entry.Kind == "file")
            {
                return entry.Text;
            }
        }
        return null;
    }
}
