using System.Globalization;

namespace Switchboard.Addresses;

/// <summary>Reads the groups of an IPv6 address: RFC 4291 section 2.2, forms 1 to 3.</summary>
internal sealed class GroupReader(string text, int start, int end)
{
    private const int Groups = 8;

    private readonly List<ushort> _groups = [];

    // Before which group "::" stands; -1 without one.
    private int _gap = -1;
    private int _at;

    public UInt128 Read()
    {
        _at = start;
        ReadStart();
        while (_at < end)
        {
            int colon = text.IndexOf(':', _at, end - _at);
            int stop = colon < 0 ? end : colon;
            if (stop == _at)
            {
                TakeGap(_at - 1);
                _at++;
                continue;
            }
            Take(stop);
        }
        return Assemble();
    }

    private void ReadStart()
    {
        if (text[start] != ':')
        {
            return;
        }
        if (start + 1 == end || text[start + 1] != ':')
        {
            throw Fault(AddressFault.LoneColon, start, 1);
        }
        TakeGap(start);
        _at += 2;
    }

    private void TakeGap(int at) => _gap = _gap < 0 ? _groups.Count : throw Fault(AddressFault.SecondGap, at, 2);

    private void Take(int stop)
    {
        if (text.IndexOf('.', _at, stop - _at) >= 0)
        {
            TakeDotted(stop);
        }
        else
        {
            Add(ReadGroup(stop), stop);
        }
        _at = stop;
        if (_at < end && ++_at == end)
        {
            throw Fault(AddressFault.LoneColon, end - 1, 1);
        }
    }

    private void TakeDotted(int stop)
    {
        if (stop < end)
        {
            throw Fault(AddressFault.DottedTailInside, _at, stop - _at);
        }
        uint tail = AddressText.ReadDotted(text, _at, stop);
        Add((ushort)(tail >> 16), stop);
        Add((ushort)tail, stop);
    }

    private void Add(ushort group, int stop)
    {
        if (_groups.Count == Groups)
        {
            throw Fault(AddressFault.TooManyGroups, _at, stop - _at);
        }
        _groups.Add(group);
    }

    private ushort ReadGroup(int stop)
    {
        for (int at = _at; at < stop; at++)
        {
            if (!char.IsAsciiHexDigit(text[at]))
            {
                throw Fault(AddressFault.UnexpectedCharacter, at, 1);
            }
        }
        return stop - _at <= 4 ? ushort.Parse(text.AsSpan(_at, stop - _at), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : throw Fault(AddressFault.GroupTooLong, _at, stop - _at);
    }

    private UInt128 Assemble()
    {
        if (_gap < 0 && _groups.Count < Groups)
        {
            throw Fault(AddressFault.TooFewGroups, end, 0);
        }
        // RFC 4291: "::" is one or more groups of zeros, so eight written ones leave it nothing to stand for.
        if (_gap >= 0 && _groups.Count == Groups)
        {
            throw Fault(AddressFault.TooManyGroups, text.IndexOf("::", start, StringComparison.Ordinal), 2);
        }
        _groups.InsertRange(Math.Max(_gap, 0), new ushort[Groups - _groups.Count]);
        return _groups.Aggregate(UInt128.Zero, (value, group) => (value << 16) | group);
    }

    private AddressFormatException Fault(AddressFault fault, int at, int length) => new(fault, text, at, length);
}
