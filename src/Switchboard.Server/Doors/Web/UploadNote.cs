using System.Globalization;
using System.Text;
using Switchboard.Protocol;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Web;

/// <summary>
/// What a tus client told of a file when it began (<c>Upload-Metadata</c>, tus 1.0.0: <c>key base64value, key base64value</c>). Kept with the
/// upload as it came, for it holds when the upload goes on after a restart too.
/// </summary>
internal sealed class UploadNote
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Dictionary<string, string> _values;

    private UploadNote(Dictionary<string, string> values) => _values = values;

    /// <summary>From the home.</summary>
    public string? Path => Text("path") ?? Text("filename") ?? Text("name");

    /// <summary>The name alone, whatever path was told.</summary>
    public string? FileName => (Text("filename") ?? Text("name") ?? Text("path")) is { } text ? text[(text.LastIndexOf('/') + 1)..] : null;

    /// <summary>Microseconds since 1970.</summary>
    public long? Modified => Number("modified") ?? Milliseconds("last_modified") ?? Milliseconds("lastModified");

    public string? Sha256 => Text("sha256");

    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/> for what is not in that form.</exception>
    public static UploadNote Read(string? field)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string pair in (field ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] parts = pair.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries);
            values[parts[0]] = parts.Length == 1 ? "" : Decode(parts[1]);
        }

        return new UploadNote(values);
    }

    public UploadPlan PlanOf(string path) => new()
    {
        Path = path,
        Modified = Modified,
        Preserve = Modified is not null,
        IfExists = IfExistsWords.Parse(Text("if_exists")),
        Parents = true,
    };

    private string? Text(string key) => _values.GetValueOrDefault(key) is { Length: > 0 } text ? text : null;

    private long? Number(string key) => Text(key) is { } text && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;

    /// <summary>As browsers tell times. One beyond all calendars is none.</summary>
    private long? Milliseconds(string key) => Number(key) is { } told and > long.MinValue / 1000 and < long.MaxValue / 1000 ? told * 1000 : null;

    private static string Decode(string base64)
    {
        try
        {
            return Strict.GetString(Convert.FromBase64String(base64));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            throw new RefusedException(RefusalCode.BadRequest, "Upload-Metadata", "key and base64 of UTF-8, pairs parted by commas");
        }
    }
}
