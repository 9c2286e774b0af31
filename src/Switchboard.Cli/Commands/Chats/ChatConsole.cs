using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Chats;

/// <summary>Joins a person to rooms: what is said there is shown, what they type is said or done.</summary>
internal sealed class ChatConsole : IAsyncDisposable
{
    /// <summary>Rooms entered from the beginning; a server lets one connection into 64.</summary>
    private const int MostRooms = 50;

    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(10);

    private readonly Invocation _call;
    private readonly Printer _printer;
    private readonly Remote _remote;
    private readonly IChatView _view;
    private readonly MessageLines _lines;
    private readonly RoomNames _names;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _read = [];
    private readonly Dictionary<string, long> _oldest = [];
    private readonly List<string> _rooms = [];
    private readonly List<Task> _posts = [];
    private readonly List<Task> _beside = [];
    private RemoteChat _chat = null!;
    private readonly Dictionary<string, long> _last = [];
    private string _room = "";
    private bool _isDown;

    public ChatConsole(Invocation call, Remote remote)
    {
        (_call, _printer, _remote) = (call, call.Printer, remote);
        string self = remote.Options.User ?? "";
        _names = new RoomNames(self);
        bool onScreen = Tty.InputIsTerminal && Tty.OutputIsTerminal && !_printer.IsJson && !OperatingSystem.IsWindows();
        _view = onScreen ? new ScreenView(Complete) : new PlainView(_printer);
        _lines = new MessageLines(_printer, new NameColors(_printer.Options.Color), self);
    }

    /// <param name="room">The first room.</param>
    /// <param name="overDatagrams">Over UDP, once logged in.</param>
    public async Task<int> RunAsync(string room, bool overDatagrams)
    {
        _room = room;
        await LearnRoomsAsync(room);
        _chat = new RemoteChat(_remote.Options with { Datagrams = overDatagrams }, room, null, Told(), _call.Stop);
        await _chat.Entered;
        foreach (string other in _read.Keys.Where(known => known != room).Take(MostRooms))
        {
            _chat.Enter(other);
        }
        Task reading = ReadAsync();
        await await Task.WhenAny(reading, _chat.Completion);
        await FinishBesideAsync();
        await Task.WhenAny(Task.WhenAll(_posts), Task.Delay(s_lastWords, _call.Stop));
        await _chat.LeaveAsync();
        return ExitCode.Done;
    }

    public async ValueTask DisposeAsync()
    {
        _view.Dispose();
        if (_chat is not null)
        {
            await _chat.DisposeAsync();
        }
    }

    /// <summary>Says something in a room; a refusal is shown.</summary>
    public void Say(string room, string text)
    {
        lock (_lock)
        {
            _posts.RemoveAll(post => post.IsCompleted);
            _posts.Add(GuardAsync(() => _chat.PostAsync(room, text, _call.Stop)));
        }
    }

    /// <summary>Turns to a room, entering it first where that is needed.</summary>
    public void TurnTo(string room)
    {
        lock (_lock)
        {
            _room = _rooms.FirstOrDefault(known => _names.Shown(known) == room || known == room) ?? room;
            if (!_rooms.Contains(_room))
            {
                _chat.Enter(_room);
            }
        }
        _view.SetRoom(_names.Shown(_room));
    }

    public string Room => _room;

    public IChatView View => _view;

    public RemoteChat Chat => _chat;

    public Remote Remote => _remote;

    public Printer Printer => _printer;

    public RoomNames Names => _names;

    public void Note(Words words) => _view.Remark(_printer.Styled(Style.Faint, TextWidth.Cut("– " + _printer.In(words), _view.Width)));

    /// <summary>The first message shown of a room so far.</summary>
    public long? Oldest(string room)
    {
        lock (_lock)
        {
            return _oldest.TryGetValue(room, out long number) ? number : null;
        }
    }

    public void ShowEarlier(string room, IReadOnlyList<HistoryEntry> entries, Words heading)
    {
        var lines = new MessageLines(_printer, new NameColors(_printer.Options.Color), _remote.Options.User);
        _view.Show([
            _lines.Rule(_printer.In(heading), _view.Width),
            .. entries.SelectMany(entry => lines.Of(LineOf(entry), null, _view.Width)),
            _lines.Rule(_printer.In(ChatText.EndOfBlock), _view.Width)]);
        lock (_lock)
        {
            _oldest[room] = Math.Min(_oldest.GetValueOrDefault(room, long.MaxValue), entries[0].Number);
        }
    }

    /// <summary>Does something that takes its time, while the chat goes on; the chat ends when it is done, or is interrupted.</summary>
    public void Beside(Func<Task> act)
    {
        lock (_lock)
        {
            _beside.RemoveAll(task => task.IsCompleted);
            _beside.Add(GuardAsync(() => Task.Run(act)));
        }
    }

    private async Task FinishBesideAsync()
    {
        Task all = Task.WhenAll(_beside);
        if (!all.IsCompleted)
        {
            Note(ChatText.Finishing);
            await all.WaitAsync(_call.Stop);
        }
    }

    /// <summary>Does something that the server may refuse; a refusal is shown and nothing ends.</summary>
    public async Task GuardAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (RefusedException e)
        {
            ShowRefusal(e.Refusal);
        }
        catch (IOException e)
        {
            Note((e.Message, e.Message));
        }
    }

    public static ChatLine LineOf(HistoryEntry entry) =>
        new(entry.Room, entry.Number, entry.From, DateTimeOffset.UnixEpoch.AddMicroseconds(entry.Time), entry.Text) { Kind = entry.Kind, Target = entry.Target, Bytes = entry.Bytes, Sha256 = entry.Sha256 };

    private ChatOptions Told() => new()
    {
        OnMessage = OnMessage,
        OnEntered = OnEntered,
        OnLeft = OnLeft,
        OnPresence = _printer.IsJson || _printer.Options.Quiet ? null : OnPresence,
        OnGap = (room, first, last) => Note(ChatText.Gap(first, last)),
        OnRefused = (_, refusal) => ShowRefusal(refusal),
        OnRetry = OnRetry,
        OnReconnected = OnReconnected,
    };

    // Rooms this person was in before, on any device, and conversations with something unread: a word in private is not missed.
    private async Task LearnRoomsAsync(string first)
    {
        SwitchboardClient client = await _remote.ClientAsync(_call.Stop);
        await foreach (RoomEntry room in client.ListRoomsAsync(_call.Stop))
        {
            if (room.Read is not null || room.Kind == "private")
            {
                _read[room.Name] = room.Read ?? 0;
            }
        }
        _read.Remove(_names.Own(first), out long read);
        if (read > 0)
        {
            _read[first] = read;
        }
    }

    private async Task ReadAsync()
    {
        var commands = new SlashCommands(this, _call.Stop);
        if (_view is PlainView && InterruptibleInput.IsNothing)
        {
            await Task.Delay(Timeout.Infinite, _call.Stop);
        }
        while (await _view.ReadAsync(_call.Stop) is { } typed)
        {
            if (typed.Trim() is "q" or "/quit" or "/q")
            {
                return;
            }
            if (typed == IChatView.PageUp || (typed.StartsWith('/') && !typed.StartsWith("//", StringComparison.Ordinal)))
            {
                await GuardAsync(() => AnewAsync(() => commands.RunAsync(typed == IChatView.PageUp ? "/history" : typed)));
            }
            else if (typed.Trim().Length > 0)
            {
                Say(_room, typed.StartsWith("//", StringComparison.Ordinal) ? typed[1..] : typed);
            }
        }
    }

    // Questions have a connection of their own, which a quiet hour or a restarted server ends unnoticed: they are asked once more on a new one.
    private async Task AnewAsync(Func<Task> ask)
    {
        try
        {
            await ask();
        }
        catch (RefusedException e) when (e.Code is RefusalCode.NoConnection or RefusalCode.Closing or RefusalCode.Timeout)
        {
            await _remote.ForgetIfBrokenAsync(e.Refusal);
            await ask();
        }
    }

    private void OnMessage(ChatLine line)
    {
        _names.Learn(line.From);
        ShowUnreadRule(line);
        Show(line);
        _chat?.See(line.Room, line.Number);
        if (_lines.Mentions(line))
        {
            _view.Ring();
        }
        lock (_lock)
        {
            _oldest.TryAdd(line.Room, line.Number);
        }
    }

    private void Show(ChatLine line)
    {
        if (_printer.IsJson)
        {
            long time = (line.Time.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
            _printer.Json(
                new() { Room = line.Room, Number = line.Number, From = line.From, Time = time, Text = line.Text, Kind = line.Kind, Target = line.Target, Bytes = line.Bytes, Sha256 = line.Sha256 },
                CliJson.Default.HistoryEntry);
            _printer.Flush();
            return;
        }
        string own = _names.Shown(line.Room);
        _view.Show(_lines.Of(line, line.Room == _room || own == _room ? null : own, _view.Width));
    }

    private void ShowUnreadRule(ChatLine line)
    {
        if (_printer.IsJson || !_read.TryGetValue(line.Room, out long read) || line.Number <= read)
        {
            return;
        }
        _read.Remove(line.Room);
        if (read > 0 && _last.TryGetValue(line.Room, out long last) && last >= line.Number)
        {
            _view.Show([_lines.Rule(_printer.In(ChatText.New(last - read)), _view.Width)]);
        }
    }

    private void OnEntered(EnteredRoom entered)
    {
        bool isFirst;
        lock (_lock)
        {
            _last[entered.Room] = entered.Last;
            isFirst = !_rooms.Contains(entered.Room);
            if (isFirst)
            {
                _rooms.Add(entered.Room);
            }
            if (_names.Own(_room) == entered.Room || _names.Shown(entered.Room) == _room || string.Equals(_room, entered.Room, StringComparison.OrdinalIgnoreCase))
            {
                MoveRead(_room, entered.Room);
                _room = entered.Room;
            }
        }
        if (isFirst && entered.Room == _room)
        {
            _view.SetRoom(_names.Shown(entered.Room));
            if (!_printer.IsJson && !_printer.Options.Quiet)
            {
                Note(ChatText.Entered(Printable.Escape(_names.Shown(entered.Room)), entered.Topic is { } topic ? Printable.Escape(topic) : null, entered.Here));
            }
        }
    }

    private void MoveRead(string asked, string room)
    {
        if (asked != room && _read.Remove(asked, out long read))
        {
            _read[room] = read;
        }
    }

    private void OnLeft(string room)
    {
        string next;
        lock (_lock)
        {
            _rooms.Remove(room);
            next = _rooms.FirstOrDefault() ?? "";
        }
        Note(ChatText.Left(Printable.Escape(_names.Shown(room))));
        if (next.Length == 0)
        {
            Note(ChatText.LeftLast);
            _ = _chat.LeaveAsync();
        }
        else if (room == _room)
        {
            TurnTo(next);
        }
    }

    private void OnPresence(Presence presence)
    {
        string[] came = [.. presence.Came.Where(name => name != _remote.Options.User).Select(Printable.Escape)];
        string[] went = [.. presence.Went.Where(name => name != _remote.Options.User).Select(Printable.Escape)];
        foreach (string name in presence.Came)
        {
            _names.Learn(name);
        }
        // In a conversation between two it would be noise: the other one is not the room's guest.
        if (came.Length + went.Length == 0 || ConversationName.IsOne(presence.Room))
        {
            return;
        }
        Words[] parts = [.. came.Length > 0 ? [ChatText.Came(came)] : Array.Empty<Words>(), .. went.Length > 0 ? [ChatText.Went(went)] : Array.Empty<Words>(), ChatText.Here(presence.Here)];
        string room = presence.Room == _room ? "" : $"[{Printable.Escape(_names.Shown(presence.Room))}] ";
        Note((room + string.Join(" · ", parts.Select(part => part.En)), room + string.Join(" · ", parts.Select(part => part.Zh))));
    }

    private void OnRetry(Refusal reason, TimeSpan wait)
    {
        if (!_isDown)
        {
            Note(ChatText.LineLost(reason));
        }
        _isDown = true;
    }

    private void OnReconnected(TimeSpan away)
    {
        _isDown = false;
        Note(ChatText.Back(away));
    }

    private void ShowRefusal(Refusal refusal)
    {
        if (_printer.IsJson)
        {
            _printer.Refuse(refusal);
            return;
        }
        string sentence = Printable.Escape(RefusalText.Sentence(refusal, _printer.Language));
        string? hint = RefusalText.Hint(refusal, _printer.Language);
        _view.Show([_printer.Styled(Style.Bad, TextWidth.Cut("! " + sentence, _view.Width)), .. hint is null ? Array.Empty<string>() : [_printer.Styled(Style.Faint, TextWidth.Cut("  → " + hint, _view.Width))]]);
    }

    private Completion Complete(string before)
    {
        int start = before.LastIndexOf(' ') + 1;
        string word = before[start..];
        if (start == 0 && word.StartsWith('/'))
        {
            return new Completion(word, [.. SlashCommands.Names.Where(name => name.StartsWith(word, StringComparison.Ordinal)).Select(name => name + " ")]);
        }
        string bare = word.TrimStart('@');
        string at = word.StartsWith('@') ? "@" : "";
        return bare.Length == 0 ? Completion.None(word)
            : new Completion(word, [.. _names.Known.Where(name => name.StartsWith(bare, StringComparison.OrdinalIgnoreCase)).Select(name => at + name + (start == 0 && at.Length == 0 ? ": " : " "))]);
    }
}
