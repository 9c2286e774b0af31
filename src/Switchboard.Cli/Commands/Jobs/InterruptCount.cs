namespace Switchboard.Cli.Commands.Jobs;

/// <summary>How often Ctrl-C was pressed in a row. The remote program gets each; whoever goes on pressing wants more than that.</summary>
internal sealed class InterruptCount(TimeProvider clock)
{
    /// <summary>Presses further apart than this are not one after another.</summary>
    private static readonly TimeSpan InARow = TimeSpan.FromSeconds(2);

    private long _last;
    private int _count;

    /// <summary>Counts a press: 1 for the first of a row, 2 for the second, 3 for all that follow.</summary>
    public int Press()
    {
        bool inARow = _count > 0 && clock.GetElapsedTime(_last) <= InARow;
        _last = clock.GetTimestamp();
        return _count = inARow ? Math.Min(3, _count + 1) : 1;
    }
}
