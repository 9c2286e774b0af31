using System.Diagnostics;
using Switchboard.Client;

namespace Switchboard.Cli.Output;

/// <summary>Turns reports of a transfer into a progress line, redrawn at most ten times a second.</summary>
internal sealed class ProgressMeter(Printer printer, Func<int> width) : IProgress<TransferProgress>
{
    // Ten redraws a second look smooth; more is work nobody sees.
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100);

    // The speed of the last five seconds: steady enough to read, quick enough to believe.
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly Queue<(TimeSpan At, long Moved)> _samples = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private TimeSpan _drawn = -Redraw;

    /// <summary>A meter where progress is wanted, else null: not without a terminal, nor with <c>--quiet</c> or <c>--json</c>.</summary>
    public static ProgressMeter? For(Printer printer) =>
        printer.Options.ErrorIsTerminal && !printer.Options.Quiet && !printer.IsJson ? new(printer, () => Terminal.Tty.Width) : null;

    public void Report(TransferProgress value)
    {
        lock (_lock)
        {
            TimeSpan now = _clock.Elapsed;
            if (now - _drawn < Redraw)
            {
                return;
            }
            _drawn = now;
            double speed = Speed(now, value.Bytes - value.Kept);
            var state = new ProgressState(value.Bytes, value.TotalBytes, value.Files, value.TotalFiles, value.Path, speed);
            printer.Progress(ProgressLine.Render(state, width(), printer.Language));
        }
    }

    private double Speed(TimeSpan now, long moved)
    {
        _samples.Enqueue((now, moved));
        while (_samples.Count > 2 && now - _samples.Peek().At > Window)
        {
            _samples.Dequeue();
        }
        var (since, before) = _samples.Peek();
        double seconds = (now - since).TotalSeconds;
        return seconds > 0.2 && moved > before ? (moved - before) / seconds : 0;
    }
}
