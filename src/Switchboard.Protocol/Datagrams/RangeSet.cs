namespace Switchboard.Protocol;

/// <summary>Whole numbers as ranges, ascending, none touching another.</summary>
internal sealed class RangeSet
{
    private readonly List<(long Start, long End)> _ranges = [];

    public int Count => _ranges.Count;

    /// <summary>The end is not in the range.</summary>
    public (long Start, long End) this[int index] => _ranges[index];

    public bool Contains(long value)
    {
        int at = FirstEndingAfter(value);
        return at < _ranges.Count && _ranges[at].Start <= value;
    }

    public void Add(long start, long end)
    {
        // Nearly always it continues the last one.
        if (_ranges.Count > 0 && _ranges[^1] is var last && last.End == start)
        {
            _ranges[^1] = (last.Start, end);
            return;
        }

        int from = FirstEndingAfter(start - 1);
        int to = from;
        while (to < _ranges.Count && _ranges[to].Start <= end)
        {
            (start, end) = (Math.Min(start, _ranges[to].Start), Math.Max(end, _ranges[to].End));
            to++;
        }

        _ranges.RemoveRange(from, to - from);
        _ranges.Insert(from, (start, end));
    }

    public void Remove(long start, long end)
    {
        for (int at = FirstEndingAfter(start); at < _ranges.Count && _ranges[at].Start < end;)
        {
            (long first, long last) = _ranges[at];
            _ranges.RemoveAt(at);
            if (last > end)
            {
                _ranges.Insert(at, (end, last));
            }

            if (first < start)
            {
                _ranges.Insert(at++, (first, start));
            }
        }
    }

    /// <summary>Takes the lowest numbers out, at most <paramref name="most"/> of them, all from one range.</summary>
    public (long Start, long End) TakeFirst(long most)
    {
        (long start, long end) = _ranges[0];
        long taken = Math.Min(end, start + most);
        Remove(start, taken);
        return (start, taken);
    }

    public void RemoveFirst() => _ranges.RemoveAt(0);

    public void Clear() => _ranges.Clear();

    private int FirstEndingAfter(long value)
    {
        int low = 0;
        int high = _ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _ranges[middle].End > value ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
