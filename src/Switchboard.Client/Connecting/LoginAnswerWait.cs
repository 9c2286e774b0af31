using Switchboard.Client.Requests;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Client.Connecting;

/// <summary>The end of a login: perhaps a wait in line, then the server's own proof, checked before any later answer is read.</summary>
/// <param name="scram">Null where the socket itself says who is calling.</param>
/// <param name="onWaiting">Told the position in line.</param>
internal sealed class LoginAnswerWait(ScramClient? scram, Action<int>? onWaiting) : Exchange
{
    private readonly TaskCompletionSource<LoginAnswer> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<LoginAnswer> Answer => answer.Task;

    public override bool RefusalEnds => true;

    public override ValueTask<bool> TakeAsync(AnswerHead head, Frame frame, FrameReader reader)
    {
        switch (head.Kind)
        {
            case AnswerKind.Waiting:
                onWaiting?.Invoke(Messages.Read(frame.Header.Span, ProtocolJson.Default.Waiting).Position);
                return ValueTask.FromResult(false);
            case AnswerKind.Ok:
                var login = Messages.Read(frame.Header.Span, ProtocolJson.Default.LoginAnswer);
                scram?.Verify(login.Data ?? "");
                answer.SetResult(login);
                return ValueTask.FromResult(true);
            default:
                throw head.Unexpected("login");
        }
    }

    public override void Fail(Exception reason)
    {
        answer.TrySetException(reason);
        _ = answer.Task.Exception;
    }
}
