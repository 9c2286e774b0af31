using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Switchboard.Framing;

namespace Switchboard.Protocol;

/// <summary>Reads the headers of frames as messages.</summary>
public static class Messages
{
    /// <summary>The <c>type</c> of a header.</summary>
    /// <param name="header">One JSON object, as the framing has checked it.</param>
    /// <returns>The type, or null where there is none or it is no text.</returns>
    public static string? TypeOf(ReadOnlySpan<byte> header)
    {
        var reader = new Utf8JsonReader(header);
        return Find(ref reader, "type"u8) && reader.TokenType == JsonTokenType.String ? TypeName(ref reader) : null;
    }

    /// <summary>The <c>id</c> of a header whose type may be unknown, so that it can be answered <c>unsupported</c>.</summary>
    /// <returns>The id, or null where there is none or it is no number from 0 to 2^53-1.</returns>
    public static long? IdOf(ReadOnlySpan<byte> header)
    {
        var reader = new Utf8JsonReader(header);
        return Find(ref reader, "id"u8) ? IdAt(ref reader) : null;
    }

    /// <summary>The value under the reader as an id; null where it is none.</summary>
    internal static long? IdAt(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var id) && IsId(id) ? id : null;

    /// <summary>The header as a message of the given kind. Unknown fields are ignored.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/>: a required field is missing, or one has the wrong type.</exception>
    public static T Read<T>(ReadOnlySpan<byte> header, JsonTypeInfo<T> info)
        where T : Message
    {
        try
        {
            var message = JsonSerializer.Deserialize(header, info);
            return message is not null && (message.Id is not { } id || IsId(id)) ? message : throw BadRequest("id", "0 to 2^53-1");
        }
        catch (JsonException broken)
        {
            throw BadRequest(Field(broken.Path), Detail(broken));
        }
    }

    /// <inheritdoc cref="Read{T}(ReadOnlySpan{byte}, JsonTypeInfo{T})"/>
    public static T Read<T>(Frame frame, JsonTypeInfo<T> info)
        where T : Message => Read(frame.Header.Span, info);

    private static bool IsId(long id) => id is >= 0 and < 1L << 53;

    private static RefusedException BadRequest(string? subject, string? detail) => new(RefusalCode.BadRequest, subject, detail);

    // "$.path" is how System.Text.Json names a field; "$" is the object itself.
    private static string? Field(string? path) => path is { Length: > 2 } ? path[2..] : null;

    // The serializer's own sentence names .NET types, which say nothing to whoever sent the frame.
    private static string Detail(JsonException broken)
    {
        const string Missing = "missing required properties including: ";
        var at = broken.Message.IndexOf(Missing, StringComparison.Ordinal);
        return at < 0 ? "wrong type of value" : "missing " + broken.Message[(at + Missing.Length)..].TrimEnd('.');
    }

    private static bool Find(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        try
        {
            return Seek(ref reader, name);
        }
        catch (JsonException)
        {
            return false; // not reached behind the framing, which has parsed the header before
        }
    }

    private static bool Seek(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(name);
            reader.Read();
            if (found)
            {
                return true;
            }
            reader.Skip();
        }
        return false;
    }

    // Known names come from a table, so that a frame costs no allocation to dispatch.
    private static string? TypeName(ref Utf8JsonReader reader)
    {
        if (reader.ValueSpan.Length > MessageTypes.LongestName)
        {
            return reader.GetString();
        }
        Span<char> name = stackalloc char[MessageTypes.LongestName];
        return MessageTypes.Intern(name[..reader.CopyString(name)]);
    }
}
