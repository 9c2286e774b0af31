using System.Buffers;
using System.Globalization;
using Switchboard.Protocol;
using Switchboard.Server.Doors.Ftp.Control;

namespace Switchboard.Server.Doors.Ftp.Data;

/// <summary>The forms in which a folder is listed.</summary>
internal enum ListingForm
{
    /// <summary>Names alone.</summary>
    Names,

    /// <summary>As <c>ls -l</c> prints it, which is what clients without MLSD parse.</summary>
    Long,

    /// <summary>RFC 3659, section 7.</summary>
    Machine,
}

/// <summary>Writes the lines of listings. Whatever a name holds, it stays within its line.</summary>
internal sealed class ListingLines(ListingForm form, MlsFacts facts, NameEncoding names, DateTimeOffset now)
{
    /// <summary>The longest command line (8 KiB), whose path NLST puts before each name, the longest name (255 bytes, each shown as <c>\xHH</c> at worst), and the facts.</summary>
    public const int MostBytes = 10 * 1024;

    /// <summary>The type under which an unfinished upload of one's own is listed.</summary>
    public const string Unfinished = "unfinished";

    private static readonly SearchValues<char> Unsafe = SearchValues.Create([.. Enumerable.Range(0, 32).Select(c => (char)c), '\x7f']);

    private static readonly string[] Months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    private long _day = long.MinValue;
    private string _dayText = "";

    /// <returns>Bytes written, CR LF among them.</returns>
    public int Write(Entry entry, Span<byte> line)
    {
        var at = form switch
        {
            ListingForm.Machine => Facts(entry, line),
            ListingForm.Long => Long(entry, line),
            _ => 0,
        };
        at += Name(entry.Path, line[at..]);
        line[at++] = (byte)'\r';
        line[at++] = (byte)'\n';
        return at;
    }

    /// <summary>The facts of one entry, ended by the space before the name.</summary>
    public int Facts(Entry entry, Span<byte> line)
    {
        var text = new Appender(line);
        var isFolder = entry.Type is "folder";
        if (facts.HasFlag(MlsFacts.Type))
        {
            text.Add("type=");
            text.Add(TypeOf(entry));
            text.Add(";");
        }

        if (facts.HasFlag(MlsFacts.Size) && !isFolder)
        {
            text.Add("size=");
            text.Add(entry.Size);
            text.Add(";");
        }

        if (facts.HasFlag(MlsFacts.Modify))
        {
            text.Add("modify=");
            text.Add(Day(entry.Modified));
            text.AddClock(entry.Modified);
            text.Add(";");
        }

        if (facts.HasFlag(MlsFacts.Perm))
        {
            // What an account may do in its own home; a door that asked for each entry would ask the disk twice.
            text.Add(entry.Type switch { "folder" => "perm=cdeflmp;", "file" => "perm=adfrw;", Unfinished => "perm=adw;", _ => "perm=df;" });
        }

        if (facts.HasFlag(MlsFacts.UnixMode))
        {
            text.Add("UNIX.mode=0");
            text.AddOctal(entry.Mode);
            text.Add(";");
        }

        if (entry.Type is Unfinished)
        {
            text.Add("X.unfinished=yes;");
        }

        text.Add(" ");
        return text.Length;
    }

    // Files of one folder often share their day, and a calendar costs more than the rest of the line.
    private string Day(long microseconds)
    {
        var day = FtpTime.DayOf(microseconds);
        if (day != _day)
        {
            (_day, _dayText) = (day, DateTimeOffset.UnixEpoch.AddDays(day).ToString("yyyyMMdd", CultureInfo.InvariantCulture));
        }

        return _dayText;
    }

    private static string TypeOf(Entry entry) => entry.Type switch
    {
        "file" or Unfinished => "file",
        "folder" => "dir",
        "link" => "OS.unix=symlink",
        _ => "OS.unix=other",
    };

    private int Long(Entry entry, Span<byte> line)
    {
        var text = new Appender(line);
        text.Add(entry.Type switch { "folder" => "d", "link" => "l", "file" => "-", _ => "p" });
        text.AddMode(entry.Mode);
        text.Add("   1 owner    group    ");
        text.AddPadded(entry.Size, 12);
        text.Add(" ");
        var time = DateTimeOffset.UnixEpoch.AddMicroseconds(entry.Modified);
        text.Add(Months[time.Month - 1]);
        text.Add(" ");
        text.AddPadded(time.Day, 2);
        text.Add(" ");
        // As ls does it: six months around now with the time, else with the year.
        if (time > now.AddDays(-182) && time < now.AddDays(1))
        {
            text.AddZeroed(time.Hour, 2);
            text.Add(":");
            text.AddZeroed(time.Minute, 2);
        }
        else
        {
            text.AddPadded(time.Year, 5);
        }

        text.Add(" ");
        return text.Length;
    }

    // A line feed in a name would begin a line of the attacker's own.
    private int Name(string name, Span<byte> line)
    {
        if (name.AsSpan().ContainsAny(Unsafe))
        {
            name = string.Create(name.Length, name, static (shown, given) =>
            {
                for (var i = 0; i < shown.Length; i++)
                {
                    shown[i] = Unsafe.Contains(given[i]) ? '?' : given[i];
                }
            });
        }

        return names.Encode(name, line);
    }

    /// <summary>ASCII into a span; a listing of 100,000 lines is made without a string for each.</summary>
    private ref struct Appender(Span<byte> target)
    {
        private readonly Span<byte> _target = target;

        public int Length { get; private set; }

        public void Add(string text) => Length += System.Text.Encoding.ASCII.GetBytes(text, _target[Length..]);

        public void Add(long number)
        {
            System.Buffers.Text.Utf8Formatter.TryFormat(number, _target[Length..], out var written);
            Length += written;
        }

        public void AddPadded(long number, int width)
        {
            Span<byte> digits = stackalloc byte[20];
            System.Buffers.Text.Utf8Formatter.TryFormat(number, digits, out var written);
            var blanks = Math.Max(0, width - written);
            _target.Slice(Length, blanks).Fill((byte)' ');
            digits[..written].CopyTo(_target[(Length + blanks)..]);
            Length += blanks + written;
        }

        public void AddZeroed(int number, int width)
        {
            for (var i = width - 1; i >= 0; i--)
            {
                _target[Length + i] = (byte)('0' + (number % 10));
                number /= 10;
            }

            Length += width;
        }

        public void AddOctal(int mode)
        {
            for (var shift = 6; shift >= 0; shift -= 3)
            {
                _target[Length++] = (byte)('0' + ((mode >> shift) & 7));
            }
        }

        public void AddMode(int mode)
        {
            for (var bit = 8; bit >= 0; bit--)
            {
                _target[Length++] = (mode & (1 << bit)) == 0 ? (byte)'-' : "xwr"u8[bit % 3];
            }
        }

        /// <summary>HHMMSS.</summary>
        public void AddClock(long microseconds)
        {
            var second = (int)FtpTime.SecondOfDay(microseconds);
            AddZeroed(second / 3600, 2);
            AddZeroed(second / 60 % 60, 2);
            AddZeroed(second % 60, 2);
        }
    }
}
