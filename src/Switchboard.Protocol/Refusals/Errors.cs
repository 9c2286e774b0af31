namespace Switchboard.Protocol;

/// <summary>A refusal as the native protocol's <c>error</c> frame, and back.</summary>
public static class Errors
{
    /// <param name="refusal">The reason.</param>
    /// <param name="id">Of the request that is refused; null where the connection as a whole is meant.</param>
    /// <param name="language">Of the sentences.</param>
    public static ErrorAnswer ToAnswer(Refusal refusal, long? id, Language language) => new()
    {
        Id = id,
        Code = refusal.Code.Name(),
        Message = RefusalText.Sentence(refusal, language),
        Hint = RefusalText.Hint(refusal, language),
        Subject = refusal.Subject,
        Detail = refusal.Detail,
        Free = refusal.Free,
        Missing = refusal.Missing,
        RetryAfter = refusal.RetryAfter,
    };

    /// <summary>A code of a later version becomes <see cref="RefusalCode.Internal"/>, with the server's code and sentence as its detail.</summary>
    public static Refusal ToRefusal(ErrorAnswer answer)
    {
        var known = RefusalCodes.TryParse(answer.Code, out var code);
        return new Refusal(known ? code : RefusalCode.Internal)
        {
            Subject = answer.Subject,
            Detail = known ? answer.Detail : $"{answer.Code}: {answer.Message}",
            Free = answer.Free,
            Missing = answer.Missing,
            RetryAfter = answer.RetryAfter,
        };
    }
}
