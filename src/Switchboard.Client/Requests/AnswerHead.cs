using System.Text.Json;
using Switchboard.Protocol;

namespace Switchboard.Client.Requests;

/// <summary>What a frame from the server is.</summary>
internal enum AnswerKind
{
    Other,
    Ok,
    Error,
    Challenge,
    Waiting,
    Closing,
    Items,
    Ready,
    Kept,
    Data,
    File,
    Folder,
    Digest,
    Started,
    Stdout,
    Stderr,
    Gap,
    Taken,
    Pulse,
    Message,
    Joined,
    Posted,
    Refused,
    Presence,
    Parted,
}

/// <summary>The two fields of a header that decide who reads it, found without building the whole message.</summary>
internal readonly record struct AnswerHead(AnswerKind Kind, long? Id)
{
    public static AnswerHead Of(ReadOnlySpan<byte> header)
    {
        var json = new Utf8JsonReader(header);
        var kind = AnswerKind.Other;
        long? id = null;
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isType = json.ValueTextEquals("type"u8);
            var isId = json.ValueTextEquals("id"u8);
            json.Read();
            if (isType && json.TokenType == JsonTokenType.String)
            {
                kind = KindOf(in json);
            }
            else if (isId && json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var number))
            {
                id = number;
            }
            else
            {
                json.Skip();
            }
        }

        return new(kind, id);
    }

    public RefusedException Unexpected(string request) =>
        new(RefusalCode.BadFrame, request, $"the server answered with an unexpected {Kind.ToString().ToLowerInvariant()} frame");

    private static AnswerKind KindOf(ref readonly Utf8JsonReader json) =>
        json.ValueTextEquals("ok"u8) ? AnswerKind.Ok
        : json.ValueTextEquals("data"u8) ? AnswerKind.Data
        : json.ValueTextEquals("stdout"u8) ? AnswerKind.Stdout
        : json.ValueTextEquals("stderr"u8) ? AnswerKind.Stderr
        : json.ValueTextEquals("taken"u8) ? AnswerKind.Taken
        : json.ValueTextEquals("file"u8) ? AnswerKind.File
        : json.ValueTextEquals("folder"u8) ? AnswerKind.Folder
        : json.ValueTextEquals("digest"u8) ? AnswerKind.Digest
        : json.ValueTextEquals("items"u8) ? AnswerKind.Items
        : json.ValueTextEquals("ready"u8) ? AnswerKind.Ready
        : json.ValueTextEquals("kept"u8) ? AnswerKind.Kept
        : json.ValueTextEquals("error"u8) ? AnswerKind.Error
        : json.ValueTextEquals("challenge"u8) ? AnswerKind.Challenge
        : json.ValueTextEquals("waiting"u8) ? AnswerKind.Waiting
        : json.ValueTextEquals("closing"u8) ? AnswerKind.Closing
        : json.ValueTextEquals("started"u8) ? AnswerKind.Started
        : json.ValueTextEquals("gap"u8) ? AnswerKind.Gap
        : json.ValueTextEquals("pulse"u8) ? AnswerKind.Pulse
        : json.ValueTextEquals("message"u8) ? AnswerKind.Message
        : json.ValueTextEquals("posted"u8) ? AnswerKind.Posted
        : json.ValueTextEquals("joined"u8) ? AnswerKind.Joined
        : json.ValueTextEquals("refused"u8) ? AnswerKind.Refused
        : json.ValueTextEquals("presence"u8) ? AnswerKind.Presence
        : json.ValueTextEquals("parted"u8) ? AnswerKind.Parted
        : AnswerKind.Other;
}
