using System.Text;

namespace Switchboard.Cli.Terminal;

/// <summary>Reads lines and secrets from the terminal.</summary>
internal sealed class LineReader(Stream input, Stream echo)
{
    private readonly KeyReader _keys = new(input.ReadAsync);

    /// <summary>A secret, without echo; null at end of input.</summary>
    /// <exception cref="OperationCanceledException">Ctrl-C.</exception>
    public async Task<string?> ReadSecretAsync(string prompt, CancellationToken stop)
    {
        Write(prompt);
        if (OperatingSystem.IsWindows())
        {
            return ReadSecretOnWindows();
        }
        using RawMode raw = RawMode.Enter();
        var editor = new LineEditor([]);
        try
        {
            while (true)
            {
                Key? key = await _keys.NextAsync(stop);
                Edit edit = key is { } pressed ? SecretPress(editor, pressed) : Edit.EndOfInput;
                if (edit is Edit.Accepted or Edit.EndOfInput)
                {
                    return edit == Edit.Accepted ? editor.Text : null;
                }
                if (edit == Edit.Cancelled)
                {
                    throw new OperationCanceledException();
                }
            }
        }
        finally
        {
            Write("\r\n");
        }
    }

    /// <summary>A line with editing, history and completion; null at end of input (Ctrl-D), empty after Ctrl-C.</summary>
    /// <param name="prompt">Shown before the line; no control sequences.</param>
    /// <param name="history">Earlier lines, oldest first.</param>
    /// <param name="complete">Names that go on from what stands before the cursor.</param>
    /// <param name="stop">Ends the wait.</param>
    public async Task<string?> ReadLineAsync(string prompt, List<string> history, Func<string, CancellationToken, Task<Completion>> complete, CancellationToken stop)
    {
        if (OperatingSystem.IsWindows())
        {
            Write(prompt);
            return Console.ReadLine();
        }
        using RawMode raw = RawMode.Enter();
        var editor = new LineEditor(history);
        try
        {
            while (true)
            {
                Write(editor.Render(prompt, Tty.Width));
                Edit edit = await _keys.NextAsync(stop) is { } key ? editor.Press(key) : Edit.EndOfInput;
                switch (edit)
                {
                    case Edit.Accepted: return editor.Text;
                    case Edit.Cancelled: return "";
                    case Edit.EndOfInput: return null;
                    case Edit.WantsCompletion: Apply(editor, await complete(editor.BeforeCursor, stop)); break;
                    default: break;
                }
            }
        }
        finally
        {
            Write("\r\n");
        }
    }

    private void Apply(LineEditor editor, Completion completion)
    {
        string more = completion.Insertion;
        if (more.Length > completion.Replaced.Length || completion.Names.Count == 1)
        {
            editor.Replace(completion.Replaced.Length, more);
        }
        else if (completion.Names.Count > 1)
        {
            Write("\r\n" + string.Join("\r\n", completion.Columns(Tty.Width)) + "\r\n");
        }
        else
        {
            Write("\a");
        }
    }

    // Tab and history mean nothing in a secret.
    private static Edit SecretPress(LineEditor editor, Key key) => key.Kind switch
    {
        KeyKind.Up or KeyKind.Down or KeyKind.Tab => Edit.Going,
        _ => editor.Press(key),
    };

    private static string ReadSecretOnWindows()
    {
        var text = new StringBuilder();
        for (ConsoleKeyInfo key = Console.ReadKey(true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(true))
        {
            if (key.Key != ConsoleKey.Backspace)
            {
                text.Append(key.KeyChar);
            }
            else if (text.Length > 0)
            {
                text.Length--;
            }
        }
        return text.ToString();
    }

    private void Write(string text) => echo.Write(Encoding.UTF8.GetBytes(text));
}
