// Generated from the Rust crate `wire` by `cargo xtask types`. Do not edit.
import { type Check, absent, isFields, isList, isMap, isNumber, isNumberOrNull, isString } from './check';
import type { Channel, Method, ServerMessage } from './wire';

const isChallengeMessage: Check = (v) => isFields(v)
  && typeof v.machineId === 'string'
  && typeof v.nonce === 'string'
  && typeof v.type === 'string';

const isChannelInfo: Check = (v) => isFields(v)
  && typeof v.intervalMs === 'number'
  && typeof v.name === 'string';

const isMachine: Check = (v) => isFields(v)
  && (v.arch === undefined || typeof v.arch === 'string')
  && (v.bootedAtMs === undefined || typeof v.bootedAtMs === 'number')
  && (v.cores === undefined || typeof v.cores === 'number')
  && ((typeof v.cpuModel === 'string' || v.cpuModel === null) || absent(v, 'cpuModel'))
  && (v.demo === undefined || typeof v.demo === 'boolean')
  && (v.family === undefined || typeof v.family === 'string')
  && typeof v.id === 'string'
  && ((typeof v.kernel === 'string' || v.kernel === null) || absent(v, 'kernel'))
  && (v.memoryTotalBytes === undefined || typeof v.memoryTotalBytes === 'number')
  && typeof v.name === 'string'
  && (v.os === undefined || typeof v.os === 'string')
  && ((typeof v.physicalCores === 'number' || v.physicalCores === null) || absent(v, 'physicalCores'))
  && (v.version === undefined || typeof v.version === 'string')
  && ((typeof v.virtualization === 'string' || v.virtualization === null) || absent(v, 'virtualization'));

const isConnected: Check = (v) => isFields(v)
  && isList(v.channels, isChannelInfo)
  && typeof v.clientId === 'string'
  && (v.mac === undefined || typeof v.mac === 'string')
  && isMachine(v.machine)
  && typeof v.protocol === 'number'
  && typeof v.scope === 'string'
  && typeof v.serverTimeMs === 'number';

const isConnectedMessage: Check = (v) => isConnected(v) && isFields(v)
  && typeof v.type === 'string';

const isFrame: Check = (v) => isFields(v)
  && typeof v.channel === 'string'
  && typeof v.key === 'boolean'
  && typeof v.sampledAtMs === 'number'
  && typeof v.seq === 'number';

const isFrameMessage: Check = (v) => isFrame(v) && isFields(v)
  && typeof v.type === 'string';

const isPongMessage: Check = (v) => isFields(v)
  && typeof v.id === 'number'
  && typeof v.serverTimeMs === 'number'
  && typeof v.type === 'string';

const isQueryProblemEmpty: Check = (v) => isFields(v)
  && typeof v.code === 'string';

const isQueryProblemTooLong: Check = (v) => isFields(v)
  && typeof v.code === 'string'
  && typeof v.limit === 'number';

const isQueryProblemTooManyTerms: Check = (v) => isFields(v)
  && typeof v.code === 'string'
  && typeof v.limit === 'number';

const isQueryProblemTooDeep: Check = (v) => isFields(v)
  && typeof v.code === 'string'
  && typeof v.limit === 'number';

const isQueryProblemUnclosedParenthesis: Check = (v) => isFields(v)
  && typeof v.code === 'string';

const isQueryProblemUnopenedParenthesis: Check = (v) => isFields(v)
  && typeof v.code === 'string';

const isQueryProblemUnclosedQuote: Check = (v) => isFields(v)
  && typeof v.code === 'string';

const isQueryProblemEmptyQuote: Check = (v) => isFields(v)
  && typeof v.code === 'string';

const isQueryProblemMissingAfter: Check = (v) => isFields(v)
  && typeof v.after === 'string'
  && typeof v.code === 'string';

const isQueryProblemMissingBefore: Check = (v) => isFields(v)
  && typeof v.before === 'string'
  && typeof v.code === 'string';

const isQueryProblemMissingField: Check = (v) => isFields(v)
  && typeof v.code === 'string'
  && typeof v.operator === 'string';

const isQueryProblemMissingValue: Check = (v) => isFields(v)
  && typeof v.after === 'string'
  && typeof v.code === 'string';

const isQueryProblemUnknownField: Check = (v) => isFields(v)
  && typeof v.code === 'string'
  && ((typeof v.meant === 'string' || v.meant === null) || absent(v, 'meant'))
  && typeof v.word === 'string';

const isQueryProblemFieldElsewhere: Check = (v) => isFields(v)
  && typeof v.code === 'string'
  && typeof v.field === 'string'
  && ((typeof v.instead === 'string' || v.instead === null) || absent(v, 'instead'));

const isQueryProblemWrongOperator: Check = (v) => isFields(v)
  && typeof v.code === 'string'
  && typeof v.field === 'string'
  && typeof v.operator === 'string';

const isQueryProblemBadValue: Check = (v) => isFields(v)
  && typeof v.code === 'string'
  && typeof v.field === 'string'
  && typeof v.kind === 'string'
  && typeof v.value === 'string';

const isQueryProblemNeedsUnit: Check = (v) => isFields(v)
  && typeof v.code === 'string'
  && typeof v.value === 'string';

const isQueryProblemUnknownState: Check = (v) => isFields(v)
  && typeof v.code === 'string'
  && ((typeof v.meant === 'string' || v.meant === null) || absent(v, 'meant'))
  && typeof v.value === 'string';

const isQueryProblemPatternTooLong: Check = (v) => isFields(v)
  && typeof v.code === 'string'
  && typeof v.limit === 'number';

const isQueryProblemBadPattern: Check = (v) => isFields(v)
  && typeof v.code === 'string'
  && typeof v.what === 'string';

const isQueryProblemHidden: Check = (v) => isFields(v)
  && typeof v.code === 'string'
  && typeof v.field === 'string';

const isQueryProblem: Check = (v) => {
  if (!isFields(v)) return false;
  switch (v.code) {
    case 'empty': return isQueryProblemEmpty(v);
    case 'tooLong': return isQueryProblemTooLong(v);
    case 'tooManyTerms': return isQueryProblemTooManyTerms(v);
    case 'tooDeep': return isQueryProblemTooDeep(v);
    case 'unclosedParenthesis': return isQueryProblemUnclosedParenthesis(v);
    case 'unopenedParenthesis': return isQueryProblemUnopenedParenthesis(v);
    case 'unclosedQuote': return isQueryProblemUnclosedQuote(v);
    case 'emptyQuote': return isQueryProblemEmptyQuote(v);
    case 'missingAfter': return isQueryProblemMissingAfter(v);
    case 'missingBefore': return isQueryProblemMissingBefore(v);
    case 'missingField': return isQueryProblemMissingField(v);
    case 'missingValue': return isQueryProblemMissingValue(v);
    case 'unknownField': return isQueryProblemUnknownField(v);
    case 'fieldElsewhere': return isQueryProblemFieldElsewhere(v);
    case 'wrongOperator': return isQueryProblemWrongOperator(v);
    case 'badValue': return isQueryProblemBadValue(v);
    case 'needsUnit': return isQueryProblemNeedsUnit(v);
    case 'unknownState': return isQueryProblemUnknownState(v);
    case 'patternTooLong': return isQueryProblemPatternTooLong(v);
    case 'badPattern': return isQueryProblemBadPattern(v);
    case 'hidden': return isQueryProblemHidden(v);
    default: return isString(v.code);
  }
};

const isQueryError: Check = (v) => isFields(v)
  && typeof v.from === 'number'
  && isQueryProblem(v.problem)
  && typeof v.to === 'number'
  && typeof v.unfinished === 'boolean';

const isReasonOwnerOnly: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReasonAtTheMachineOnly: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReasonViewersFull: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.most === 'number';

const isReasonPairingBusy: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.most === 'number';

const isReasonViewerUnknown: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReasonSentInClear: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReasonBadName: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.most === 'number';

const isReasonNotKept: Check = (v) => isFields(v)
  && typeof v.detail === 'string'
  && typeof v.is === 'string';

const isReasonNoRandom: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReasonRequestGone: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReasonNetworkGone: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReasonPortFixed: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReasonBadPort: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReasonTooManyEntries: Check = (v) => isFields(v)
  && typeof v.count === 'number'
  && typeof v.is === 'string'
  && typeof v.most === 'number';

const isReasonBadHost: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.text === 'string';

const isReasonBadOrigin: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.text === 'string';

const isReasonNoCode: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReasonCodeUsed: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReasonCodeExpired: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReasonWrongLink: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReasonWrongCode: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.left === 'number';

const isReasonLocked: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.minutes === 'number';

const isReasonDigitsPaused: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.minutes === 'number';

const isReasonBrokenCommitment: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReasonNotShared: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReasonRefused: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReasonUnanswered: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReasonNothingToGiveBack: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReasonSharedElsewhere: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isCertificateProblemUnreadable: Check = (v) => isFields(v)
  && typeof v.detail === 'string'
  && typeof v.is === 'string'
  && typeof v.path === 'string';

const isCertificateProblemNoCertificate: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.path === 'string';

const isCertificateProblemNoKey: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.path === 'string';

const isCertificateProblemBadCertificate: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.path === 'string';

const isCertificateProblemBadKey: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.path === 'string';

const isCertificateProblemMismatch: Check = (v) => isFields(v)
  && typeof v.certificate === 'string'
  && typeof v.is === 'string'
  && typeof v.key === 'string';

const isCertificateProblemNotKept: Check = (v) => isFields(v)
  && typeof v.detail === 'string'
  && typeof v.is === 'string'
  && typeof v.path === 'string';

const isCertificateProblemNotMade: Check = (v) => isFields(v)
  && typeof v.detail === 'string'
  && typeof v.is === 'string';

const isCertificateProblemExpired: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && ((typeof v.path === 'string' || v.path === null) || absent(v, 'path'))
  && typeof v.untilMs === 'number';

const isCertificateProblemNotYetValid: Check = (v) => isFields(v)
  && typeof v.fromMs === 'number'
  && typeof v.is === 'string'
  && ((typeof v.path === 'string' || v.path === null) || absent(v, 'path'));

const isCertificateProblem: Check = (v) => {
  if (!isFields(v)) return false;
  switch (v.is) {
    case 'unreadable': return isCertificateProblemUnreadable(v);
    case 'noCertificate': return isCertificateProblemNoCertificate(v);
    case 'noKey': return isCertificateProblemNoKey(v);
    case 'badCertificate': return isCertificateProblemBadCertificate(v);
    case 'badKey': return isCertificateProblemBadKey(v);
    case 'mismatch': return isCertificateProblemMismatch(v);
    case 'notKept': return isCertificateProblemNotKept(v);
    case 'notMade': return isCertificateProblemNotMade(v);
    case 'expired': return isCertificateProblemExpired(v);
    case 'notYetValid': return isCertificateProblemNotYetValid(v);
    default: return isString(v.is);
  }
};

const isReasonCertificate: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && isCertificateProblem(v.problem);

const isStreamReasonSessionsFull: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.most === 'number';

const isStreamReasonAddressFull: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.most === 'number';

const isStreamReasonTokenFull: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.most === 'number';

const isStreamReasonEnding: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isStreamReasonBadMessage: Check = (v) => isFields(v)
  && typeof v.detail === 'string'
  && typeof v.is === 'string';

const isStreamReasonMessageTooLarge: Check = (v) => isFields(v)
  && typeof v.bytes === 'number'
  && typeof v.is === 'string'
  && typeof v.most === 'number';

const isStreamReasonBegunAlready: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isStreamReasonJsonOnly: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isStreamReasonTooManyChannels: Check = (v) => isFields(v)
  && typeof v.count === 'number'
  && typeof v.is === 'string'
  && typeof v.most === 'number';

const isStreamReasonUnknownChannel: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && isList(v.known, isString)
  && typeof v.name === 'string';

const isStreamReasonChannelNeedsControl: Check = (v) => isFields(v)
  && typeof v.channel === 'string'
  && typeof v.is === 'string';

const isStreamReasonUnknownMethod: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && isList(v.known, isString)
  && typeof v.name === 'string';

const isStreamReasonNeedsProcesses: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isStreamReasonBadParameters: Check = (v) => isFields(v)
  && typeof v.detail === 'string'
  && typeof v.is === 'string';

const isStreamReasonTooManySeries: Check = (v) => isFields(v)
  && typeof v.count === 'number'
  && typeof v.is === 'string'
  && typeof v.most === 'number';

const isStreamReasonStretchReversed: Check = (v) => isFields(v)
  && typeof v.fromMs === 'number'
  && typeof v.is === 'string'
  && typeof v.toMs === 'number';

const isStreamReasonNoPoints: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isStreamReasonNothingSampled: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isStreamReasonTooManyDetails: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isStreamReasonRequestsInFlight: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.most === 'number';

const isStreamReasonAnswersWaiting: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.most === 'number';

const isStreamReasonNoAnswer: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isStreamReason: Check = (v) => {
  if (!isFields(v)) return false;
  switch (v.is) {
    case 'sessionsFull': return isStreamReasonSessionsFull(v);
    case 'addressFull': return isStreamReasonAddressFull(v);
    case 'tokenFull': return isStreamReasonTokenFull(v);
    case 'ending': return isStreamReasonEnding(v);
    case 'badMessage': return isStreamReasonBadMessage(v);
    case 'messageTooLarge': return isStreamReasonMessageTooLarge(v);
    case 'begunAlready': return isStreamReasonBegunAlready(v);
    case 'jsonOnly': return isStreamReasonJsonOnly(v);
    case 'tooManyChannels': return isStreamReasonTooManyChannels(v);
    case 'unknownChannel': return isStreamReasonUnknownChannel(v);
    case 'channelNeedsControl': return isStreamReasonChannelNeedsControl(v);
    case 'unknownMethod': return isStreamReasonUnknownMethod(v);
    case 'needsProcesses': return isStreamReasonNeedsProcesses(v);
    case 'badParameters': return isStreamReasonBadParameters(v);
    case 'tooManySeries': return isStreamReasonTooManySeries(v);
    case 'stretchReversed': return isStreamReasonStretchReversed(v);
    case 'noPoints': return isStreamReasonNoPoints(v);
    case 'nothingSampled': return isStreamReasonNothingSampled(v);
    case 'tooManyDetails': return isStreamReasonTooManyDetails(v);
    case 'requestsInFlight': return isStreamReasonRequestsInFlight(v);
    case 'answersWaiting': return isStreamReasonAnswersWaiting(v);
    case 'noAnswer': return isStreamReasonNoAnswer(v);
    default: return isString(v.is);
  }
};

const isReasonStream: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && isStreamReason(v.why);

const isHttpReasonNoSingleHost: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isHttpReasonHostNotText: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isHttpReasonHostsDiffer: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isHttpReasonNotOurName: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isHttpReasonUnknown: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isHttpReasonProofNeeded: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isHttpReasonRevoked: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isHttpReasonAccessUnclear: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isHttpReasonForeignPage: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isHttpReasonTooManyWrongTokens: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isHttpReasonNothingHere: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isHttpReasonMethodNotAllowed: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.method === 'string';

const isHttpReasonNotJson: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isHttpReasonBodyTooLarge: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.most === 'number';

const isHttpReasonBodySlow: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isHttpReasonBodyCutOff: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isHttpReasonBadWebSocketKey: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isHttpReasonWebSocketOnly: Check = (v) => isFields(v)
  && typeof v.encrypted === 'boolean'
  && typeof v.is === 'string';

const isHttpReason: Check = (v) => {
  if (!isFields(v)) return false;
  switch (v.is) {
    case 'noSingleHost': return isHttpReasonNoSingleHost(v);
    case 'hostNotText': return isHttpReasonHostNotText(v);
    case 'hostsDiffer': return isHttpReasonHostsDiffer(v);
    case 'notOurName': return isHttpReasonNotOurName(v);
    case 'unknown': return isHttpReasonUnknown(v);
    case 'proofNeeded': return isHttpReasonProofNeeded(v);
    case 'revoked': return isHttpReasonRevoked(v);
    case 'accessUnclear': return isHttpReasonAccessUnclear(v);
    case 'foreignPage': return isHttpReasonForeignPage(v);
    case 'tooManyWrongTokens': return isHttpReasonTooManyWrongTokens(v);
    case 'nothingHere': return isHttpReasonNothingHere(v);
    case 'methodNotAllowed': return isHttpReasonMethodNotAllowed(v);
    case 'notJson': return isHttpReasonNotJson(v);
    case 'bodyTooLarge': return isHttpReasonBodyTooLarge(v);
    case 'bodySlow': return isHttpReasonBodySlow(v);
    case 'bodyCutOff': return isHttpReasonBodyCutOff(v);
    case 'badWebSocketKey': return isHttpReasonBadWebSocketKey(v);
    case 'webSocketOnly': return isHttpReasonWebSocketOnly(v);
    default: return isString(v.is);
  }
};

const isReasonHttp: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && isHttpReason(v.why);

const isReason: Check = (v) => {
  if (!isFields(v)) return false;
  switch (v.is) {
    case 'ownerOnly': return isReasonOwnerOnly(v);
    case 'atTheMachineOnly': return isReasonAtTheMachineOnly(v);
    case 'viewersFull': return isReasonViewersFull(v);
    case 'pairingBusy': return isReasonPairingBusy(v);
    case 'viewerUnknown': return isReasonViewerUnknown(v);
    case 'sentInClear': return isReasonSentInClear(v);
    case 'badName': return isReasonBadName(v);
    case 'notKept': return isReasonNotKept(v);
    case 'noRandom': return isReasonNoRandom(v);
    case 'requestGone': return isReasonRequestGone(v);
    case 'networkGone': return isReasonNetworkGone(v);
    case 'portFixed': return isReasonPortFixed(v);
    case 'badPort': return isReasonBadPort(v);
    case 'tooManyEntries': return isReasonTooManyEntries(v);
    case 'badHost': return isReasonBadHost(v);
    case 'badOrigin': return isReasonBadOrigin(v);
    case 'noCode': return isReasonNoCode(v);
    case 'codeUsed': return isReasonCodeUsed(v);
    case 'codeExpired': return isReasonCodeExpired(v);
    case 'wrongLink': return isReasonWrongLink(v);
    case 'wrongCode': return isReasonWrongCode(v);
    case 'locked': return isReasonLocked(v);
    case 'digitsPaused': return isReasonDigitsPaused(v);
    case 'brokenCommitment': return isReasonBrokenCommitment(v);
    case 'notShared': return isReasonNotShared(v);
    case 'refused': return isReasonRefused(v);
    case 'unanswered': return isReasonUnanswered(v);
    case 'nothingToGiveBack': return isReasonNothingToGiveBack(v);
    case 'sharedElsewhere': return isReasonSharedElsewhere(v);
    case 'certificate': return isReasonCertificate(v);
    case 'stream': return isReasonStream(v);
    case 'http': return isReasonHttp(v);
    default: return isString(v.is);
  }
};

const isErrorBody: Check = (v) => isFields(v)
  && typeof v.code === 'string'
  && typeof v.message === 'string'
  && (v.query === undefined || isQueryError(v.query))
  && (v.reason === undefined || isReason(v.reason))
  && (v.triesLeft === undefined || typeof v.triesLeft === 'number');

const isResponse: Check = (v) => isFields(v)
  && (v.error === undefined || isErrorBody(v.error))
  && typeof v.id === 'number';

const isResponseMessage: Check = (v) => isResponse(v) && isFields(v)
  && typeof v.type === 'string';

const isAlertEvent: Check = (v) => isFields(v)
  && typeof v.atMs === 'number'
  && typeof v.id === 'number'
  && typeof v.message === 'string'
  && typeof v.severity === 'string'
  && typeof v.source === 'string'
  && typeof v.title === 'string';

const isAlertMessage: Check = (v) => isFields(v)
  && isAlertEvent(v.event)
  && typeof v.type === 'string';

const isLaggedMessage: Check = (v) => isFields(v)
  && typeof v.channel === 'string'
  && typeof v.missed === 'number'
  && typeof v.type === 'string';

const isErrorMessage: Check = (v) => isErrorBody(v) && isFields(v)
  && typeof v.type === 'string';

const isGoodbyeMessage: Check = (v) => isFields(v)
  && typeof v.reason === 'string'
  && typeof v.type === 'string';

const isDisk: Check = (v) => isFields(v)
  && typeof v.device === 'string'
  && typeof v.kind === 'string'
  && ((typeof v.model === 'string' || v.model === null) || absent(v, 'model'))
  && typeof v.name === 'string'
  && ((typeof v.sizeBytes === 'number' || v.sizeBytes === null) || absent(v, 'sizeBytes'));

const isFilesystem: Check = (v) => isFields(v)
  && typeof v.device === 'string'
  && ((typeof v.disk === 'string' || v.disk === null) || absent(v, 'disk'))
  && typeof v.kind === 'string'
  && typeof v.mount === 'string'
  && typeof v.source === 'string'
  && typeof v.stalled === 'boolean';

const isInterface: Check = (v) => isFields(v)
  && isList(v.addresses, isString)
  && typeof v.defaultRoute === 'boolean'
  && typeof v.device === 'string'
  && typeof v.kind === 'string'
  && ((typeof v.linkBitsPerS === 'number' || v.linkBitsPerS === null) || absent(v, 'linkBitsPerS'))
  && ((typeof v.mac === 'string' || v.mac === null) || absent(v, 'mac'))
  && typeof v.name === 'string'
  && ((typeof v.up === 'boolean' || v.up === null) || absent(v, 'up'));

const isSensor: Check = (v) => isFields(v)
  && typeof v.chip === 'string'
  && ((typeof v.criticalCelsius === 'number' || v.criticalCelsius === null) || absent(v, 'criticalCelsius'))
  && typeof v.device === 'string'
  && ((typeof v.highCelsius === 'number' || v.highCelsius === null) || absent(v, 'highCelsius'))
  && typeof v.kind === 'string'
  && typeof v.label === 'string';

const isFacts: Check = (v) => isFields(v)
  && isList(v.disks, isDisk)
  && isList(v.filesystems, isFilesystem)
  && isList(v.interfaces, isInterface)
  && typeof v.intervalMs === 'number'
  && isList(v.sensors, isSensor)
  && (v.sensorsAbsent === undefined || typeof v.sensorsAbsent === 'string')
  && ((typeof v.sensorsAbsentBecause === 'string' || v.sensorsAbsentBecause === null) || absent(v, 'sensorsAbsentBecause'))
  && ((typeof v.undervolted === 'boolean' || v.undervolted === null) || absent(v, 'undervolted'));

const isReadFailureNotOnThisSystem: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReadFailureNotOffered: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReadFailureNotPermitted: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isReadFailureOther: Check = (v) => isFields(v)
  && typeof v.detail === 'string'
  && typeof v.is === 'string';

const isReadFailure: Check = (v) => {
  if (!isFields(v)) return false;
  switch (v.is) {
    case 'notOnThisSystem': return isReadFailureNotOnThisSystem(v);
    case 'notOffered': return isReadFailureNotOffered(v);
    case 'notPermitted': return isReadFailureNotPermitted(v);
    case 'other': return isReadFailureOther(v);
    default: return isString(v.is);
  }
};

const isFaultReasonNotRead: Check = (v) => isFields(v)
  && isReadFailure(v.cause)
  && typeof v.is === 'string';

const isFaultReasonFailed: Check = (v) => isFields(v)
  && typeof v.againS === 'number'
  && typeof v.is === 'string';

const isFaultReasonFilesystemSilent: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && ((typeof v.mount === 'string' || v.mount === null) || absent(v, 'mount'));

const isFaultReasonDiskUseHidden: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isFaultReasonProcessesHidden: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isSetAsideMoved: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.path === 'string';

const isSetAsideStays: Check = (v) => isFields(v)
  && typeof v.detail === 'string'
  && typeof v.is === 'string';

const isSetAside: Check = (v) => {
  if (!isFields(v)) return false;
  switch (v.is) {
    case 'moved': return isSetAsideMoved(v);
    case 'stays': return isSetAsideStays(v);
    default: return isString(v.is);
  }
};

const isUnreadableFile: Check = (v) => isFields(v)
  && isSetAside(v.aside)
  && typeof v.backup === 'boolean'
  && typeof v.detail === 'string'
  && typeof v.path === 'string';

const isFaultReasonFileUnreadable: Check = (v) => isFields(v)
  && isUnreadableFile(v.file)
  && typeof v.is === 'string';

const isFileProblemMalformed: Check = (v) => isFields(v)
  && typeof v.column === 'number'
  && typeof v.detail === 'string'
  && typeof v.is === 'string'
  && typeof v.line === 'number';

const isFileProblemForeign: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.ours === 'number'
  && typeof v.owner === 'number';

const isFileProblemExposed: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.mode === 'string';

const isFileProblemIrregular: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isFileProblemNotRead: Check = (v) => isFields(v)
  && typeof v.detail === 'string'
  && typeof v.is === 'string';

const isFileProblem: Check = (v) => {
  if (!isFields(v)) return false;
  switch (v.is) {
    case 'malformed': return isFileProblemMalformed(v);
    case 'foreign': return isFileProblemForeign(v);
    case 'exposed': return isFileProblemExposed(v);
    case 'irregular': return isFileProblemIrregular(v);
    case 'notRead': return isFileProblemNotRead(v);
    default: return isString(v.is);
  }
};

const isFaultReasonFileUnclear: Check = (v) => isFields(v)
  && typeof v.before === 'boolean'
  && typeof v.file === 'string'
  && typeof v.is === 'string'
  && isFileProblem(v.problem);

const isFaultReasonIdentityNotKept: Check = (v) => isFields(v)
  && typeof v.detail === 'string'
  && typeof v.is === 'string';

const isBadSettingOutOfBounds: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.least === 'number'
  && typeof v.most === 'number'
  && typeof v.name === 'string'
  && typeof v.used === 'number'
  && typeof v.value === 'number';

const isBadSettingIntervalOutOfBounds: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.leastMs === 'number'
  && typeof v.mostMs === 'number'
  && typeof v.name === 'string'
  && typeof v.usedMs === 'number'
  && typeof v.valueMs === 'number';

const isBadSettingNotUnderstood: Check = (v) => isFields(v)
  && typeof v.file === 'string'
  && typeof v.is === 'string'
  && typeof v.name === 'string'
  && ((typeof v.used === 'string' || v.used === null) || absent(v, 'used'));

const isBadSettingGivenTwice: Check = (v) => isFields(v)
  && typeof v.file === 'string'
  && typeof v.is === 'string'
  && typeof v.name === 'string'
  && ((typeof v.used === 'string' || v.used === null) || absent(v, 'used'));

const isBadSettingNewerFile: Check = (v) => isFields(v)
  && typeof v.file === 'string'
  && typeof v.is === 'string'
  && typeof v.known === 'number'
  && typeof v.version === 'number';

const isBadSettingNotASwitch: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.name === 'string'
  && typeof v.used === 'boolean'
  && typeof v.value === 'string';

const isBadSettingNotAnInterval: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.name === 'string'
  && typeof v.usedMs === 'number'
  && typeof v.value === 'string';

const isBadSetting: Check = (v) => {
  if (!isFields(v)) return false;
  switch (v.is) {
    case 'outOfBounds': return isBadSettingOutOfBounds(v);
    case 'intervalOutOfBounds': return isBadSettingIntervalOutOfBounds(v);
    case 'notUnderstood': return isBadSettingNotUnderstood(v);
    case 'givenTwice': return isBadSettingGivenTwice(v);
    case 'newerFile': return isBadSettingNewerFile(v);
    case 'notASwitch': return isBadSettingNotASwitch(v);
    case 'notAnInterval': return isBadSettingNotAnInterval(v);
    default: return isString(v.is);
  }
};

const isFaultReasonBadSettings: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && isList(v.settings, isBadSetting);

const isPortHolder: Check = (v) => isFields(v)
  && ((typeof v.name === 'string' || v.name === null) || absent(v, 'name'))
  && typeof v.pid === 'number';

const isSharingProblemPortTaken: Check = (v) => isFields(v)
  && ((isPortHolder(v.holder) || v.holder === null) || absent(v, 'holder'))
  && typeof v.is === 'string'
  && typeof v.port === 'number';

const isSharingProblemPortNeedsRoot: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && typeof v.port === 'number';

const isSharingProblemNotOurAddress: Check = (v) => isFields(v)
  && typeof v.address === 'string'
  && typeof v.is === 'string';

const isSharingProblemNotBound: Check = (v) => isFields(v)
  && typeof v.address === 'string'
  && typeof v.detail === 'string'
  && typeof v.is === 'string';

const isSharingProblemNotEncrypted: Check = (v) => isFields(v)
  && isCertificateProblem(v.certificate)
  && typeof v.is === 'string';

const isSharingProblemNotUnderstood: Check = (v) => isFields(v)
  && typeof v.file === 'string'
  && typeof v.is === 'string';

const isSharingProblem: Check = (v) => {
  if (!isFields(v)) return false;
  switch (v.is) {
    case 'portTaken': return isSharingProblemPortTaken(v);
    case 'portNeedsRoot': return isSharingProblemPortNeedsRoot(v);
    case 'notOurAddress': return isSharingProblemNotOurAddress(v);
    case 'notBound': return isSharingProblemNotBound(v);
    case 'notEncrypted': return isSharingProblemNotEncrypted(v);
    case 'sharedElsewhere': return isReasonSharedElsewhere(v);
    case 'notUnderstood': return isSharingProblemNotUnderstood(v);
    default: return isString(v.is);
  }
};

const isFaultReasonNotShared: Check = (v) => isFields(v)
  && typeof v.is === 'string'
  && isSharingProblem(v.problem);

const isDiscoveryFailurePortTaken: Check = (v) => isFields(v)
  && typeof v.detail === 'string'
  && typeof v.is === 'string'
  && typeof v.port === 'number';

const isDiscoveryFailureTooManyMachines: Check = (v) => isFields(v)
  && typeof v.is === 'string';

const isDiscoveryFailure: Check = (v) => {
  if (!isFields(v)) return false;
  switch (v.is) {
    case 'portTaken': return isDiscoveryFailurePortTaken(v);
    case 'tooManyMachines': return isDiscoveryFailureTooManyMachines(v);
    case 'other': return isReadFailureOther(v);
    default: return isString(v.is);
  }
};

const isFaultReasonNotAdvertised: Check = (v) => isFields(v)
  && isDiscoveryFailure(v.cause)
  && typeof v.is === 'string';

const isFaultReasonNoOwnerSocket: Check = (v) => isFields(v)
  && typeof v.detail === 'string'
  && typeof v.is === 'string';

const isFaultReason: Check = (v) => {
  if (!isFields(v)) return false;
  switch (v.is) {
    case 'notRead': return isFaultReasonNotRead(v);
    case 'failed': return isFaultReasonFailed(v);
    case 'filesystemSilent': return isFaultReasonFilesystemSilent(v);
    case 'diskUseHidden': return isFaultReasonDiskUseHidden(v);
    case 'processesHidden': return isFaultReasonProcessesHidden(v);
    case 'fileUnreadable': return isFaultReasonFileUnreadable(v);
    case 'fileUnclear': return isFaultReasonFileUnclear(v);
    case 'identityNotKept': return isFaultReasonIdentityNotKept(v);
    case 'badSettings': return isFaultReasonBadSettings(v);
    case 'notShared': return isFaultReasonNotShared(v);
    case 'notAdvertised': return isFaultReasonNotAdvertised(v);
    case 'noOwnerSocket': return isFaultReasonNoOwnerSocket(v);
    default: return isString(v.is);
  }
};

const isFault: Check = (v) => isFields(v)
  && typeof v.message === 'string'
  && (v.reason === undefined || isFaultReason(v.reason))
  && typeof v.source === 'string';

const isSeries: Check = (v) => isFields(v)
  && typeof v.device === 'string'
  && typeof v.id === 'string'
  && typeof v.label === 'string'
  && typeof v.metric === 'string'
  && typeof v.unit === 'string';

const isOverviewKey: Check = (v) => isFields(v)
  && isFacts(v.facts)
  && isList(v.faults, isFault)
  && typeof v.gen === 'number'
  && isList(v.series, isSeries)
  && isList(v.values, isNumberOrNull);

const isOverviewChange: Check = (v) => isFields(v)
  && typeof v.gen === 'number'
  && isList(v.values, isNumberOrNull);

const isTopProcess: Check = (v) => isFields(v)
  && ((typeof v.cpuRatio === 'number' || v.cpuRatio === null) || absent(v, 'cpuRatio'))
  && ((typeof v.diskBytesPerS === 'number' || v.diskBytesPerS === null) || absent(v, 'diskBytesPerS'))
  && typeof v.memoryBytes === 'number'
  && typeof v.name === 'string'
  && typeof v.pid === 'number'
  && typeof v.startedAtMs === 'number';

const isTopKey: Check = (v) => isFields(v)
  && isList(v.byCpu, isTopProcess)
  && isList(v.byDisk, isTopProcess)
  && isList(v.byMemory, isTopProcess);

const isCell: Check = (v) => ((typeof v === 'number' || v === null) || typeof v === 'string');

const isProcessesKeyRowsItem: Check = (v) => isList(v, isCell);

const isProcessesKey: Check = (v) => isFields(v)
  && isList(v.changing, isString)
  && isList(v.columns, isString)
  && isList(v.rows, isProcessesKeyRowsItem);

const isProcessesChangeGoneItem: Check = (v) => isList(v, isNumber);

const isProcessesChange: Check = (v) => isFields(v)
  && isList(v.added, isProcessesKeyRowsItem)
  && isList(v.changed, isProcessesKeyRowsItem)
  && isList(v.gone, isProcessesChangeGoneItem);

const isSystemInfoKey: Check = (v) => isMachine(v) && isFields(v)
  && typeof v.uptimeSeconds === 'number';

const isNetworkInterfacesKeyItem: Check = (v) => isInterface(v) && isFields(v)
  && ((typeof v.rxBytesPerS === 'number' || v.rxBytesPerS === null) || absent(v, 'rxBytesPerS'))
  && ((typeof v.txBytesPerS === 'number' || v.txBytesPerS === null) || absent(v, 'txBytesPerS'));

const isNetworkInterfacesKey: Check = (v) => isList(v, isNetworkInterfacesKeyItem);

const isFullestDisk: Check = (v) => isFields(v)
  && typeof v.mount === 'string'
  && ((typeof v.usedRatio === 'number' || v.usedRatio === null) || absent(v, 'usedRatio'));

const isSummaryKey: Check = (v) => isFields(v)
  && ((typeof v.cpuRatio === 'number' || v.cpuRatio === null) || absent(v, 'cpuRatio'))
  && ((typeof v.diskBytesPerS === 'number' || v.diskBytesPerS === null) || absent(v, 'diskBytesPerS'))
  && ((isFullestDisk(v.fullestDisk) || v.fullestDisk === null) || absent(v, 'fullestDisk'))
  && ((typeof v.memoryRatio === 'number' || v.memoryRatio === null) || absent(v, 'memoryRatio'))
  && ((typeof v.rxBytesPerS === 'number' || v.rxBytesPerS === null) || absent(v, 'rxBytesPerS'))
  && ((typeof v.temperatureCelsius === 'number' || v.temperatureCelsius === null) || absent(v, 'temperatureCelsius'))
  && ((typeof v.txBytesPerS === 'number' || v.txBytesPerS === null) || absent(v, 'txBytesPerS'))
  && ((typeof v.worstAlert === 'string' || v.worstAlert === null) || absent(v, 'worstAlert'));

const isSessionInfo: Check = (v) => isFields(v)
  && ((typeof v.address === 'string' || v.address === null) || absent(v, 'address'))
  && typeof v.bytesSent === 'number'
  && typeof v.carrier === 'string'
  && isList(v.channels, isString)
  && typeof v.clientId === 'string'
  && typeof v.connectedAtMs === 'number'
  && typeof v.framesSkipped === 'number'
  && typeof v.messagesReceived === 'number'
  && typeof v.messagesSent === 'number'
  && typeof v.scope === 'string';

const isSessionsKey: Check = (v) => isFields(v)
  && typeof v.active === 'number'
  && typeof v.bytesSent === 'number'
  && typeof v.messagesSent === 'number'
  && isList(v.sessions, isSessionInfo)
  && typeof v.total === 'number';

const isCertificateInfo: Check = (v) => isFields(v)
  && typeof v.expiresAtMs === 'number'
  && typeof v.fingerprint === 'string'
  && ((typeof v.problem === 'string' || v.problem === null) || absent(v, 'problem'))
  && (v.problemReason === undefined || isCertificateProblem(v.problemReason));

const isEncryptionOff: Check = (v) => isFields(v)
  && typeof v.mode === 'string';

const isEncryptionSelfSigned: Check = (v) => isFields(v)
  && typeof v.mode === 'string';

const isEncryptionOwn: Check = (v) => isFields(v)
  && typeof v.certificate === 'string'
  && typeof v.key === 'string'
  && typeof v.mode === 'string';

const isEncryption: Check = (v) => {
  if (!isFields(v)) return false;
  switch (v.mode) {
    case 'off': return isEncryptionOff(v);
    case 'selfSigned': return isEncryptionSelfSigned(v);
    case 'own': return isEncryptionOwn(v);
    default: return isString(v.mode);
  }
};

const isInvitation: Check = (v) => isFields(v)
  && (v.arguments === undefined || typeof v.arguments === 'boolean')
  && typeof v.digits === 'string'
  && (v.digitsPausedMs === undefined || typeof v.digitsPausedMs === 'number')
  && typeof v.lastsMs === 'number'
  && typeof v.leftMs === 'number'
  && ((typeof v.link === 'string' || v.link === null) || absent(v, 'link'))
  && isList(v.qr, isString)
  && typeof v.scope === 'string';

const isNetworkInfo: Check = (v) => isFields(v)
  && typeof v.address === 'string'
  && ((typeof v.allowed === 'boolean' || v.allowed === null) || absent(v, 'allowed'))
  && typeof v.id === 'string'
  && typeof v.interface === 'string'
  && typeof v.listening === 'boolean'
  && typeof v.local === 'boolean'
  && typeof v.prefix === 'string';

const isAddedOrigin: Check = (v) => isFields(v)
  && typeof v.origin === 'string'
  && ((typeof v.token === 'string' || v.token === null) || absent(v, 'token'));

const isAccessEvent: Check = (v) => isFields(v)
  && (v.address === undefined || typeof v.address === 'string')
  && typeof v.atMs === 'number'
  && typeof v.count === 'number'
  && (v.scope === undefined || typeof v.scope === 'string')
  && typeof v.what === 'string'
  && (v.who === undefined || typeof v.who === 'string');

const isPairingRequest: Check = (v) => isFields(v)
  && typeof v.address === 'string'
  && (v.arguments === undefined || typeof v.arguments === 'boolean')
  && typeof v.client === 'string'
  && ((typeof v.compare === 'string' || v.compare === null) || absent(v, 'compare'))
  && typeof v.id === 'string'
  && typeof v.name === 'string'
  && typeof v.scope === 'string';

const isViewerInfo: Check = (v) => isFields(v)
  && ((typeof v.address === 'string' || v.address === null) || absent(v, 'address'))
  && (v.arguments === undefined || typeof v.arguments === 'boolean')
  && typeof v.client === 'string'
  && typeof v.connected === 'number'
  && typeof v.id === 'string'
  && typeof v.kind === 'string'
  && ((typeof v.lastSeenAtMs === 'number' || v.lastSeenAtMs === null) || absent(v, 'lastSeenAtMs'))
  && typeof v.name === 'string'
  && typeof v.pairedAtMs === 'number'
  && typeof v.scope === 'string';

const isSharingKey: Check = (v) => isFields(v)
  && ((isCertificateInfo(v.certificate) || v.certificate === null) || absent(v, 'certificate'))
  && isEncryption(v.encryption)
  && isList(v.hostNames, isString)
  && ((isList(v.interfaces, isString) || v.interfaces === null) || absent(v, 'interfaces'))
  && ((isInvitation(v.invitation) || v.invitation === null) || absent(v, 'invitation'))
  && isList(v.links, isString)
  && isList(v.listening, isString)
  && typeof v.mayChange === 'boolean'
  && isList(v.networks, isNetworkInfo)
  && (v.notKept === undefined || typeof v.notKept === 'string')
  && typeof v.open === 'boolean'
  && isList(v.origins, isAddedOrigin)
  && typeof v.port === 'number'
  && ((typeof v.problem === 'string' || v.problem === null) || absent(v, 'problem'))
  && (v.problemReason === undefined || isSharingProblem(v.problemReason))
  && typeof v.reach === 'string'
  && isList(v.recent, isAccessEvent)
  && isList(v.requests, isPairingRequest)
  && ((typeof v.sharedBy === 'string' || v.sharedBy === null) || absent(v, 'sharedBy'))
  && (v.usersUntold === undefined || typeof v.usersUntold === 'boolean')
  && isList(v.viewers, isViewerInfo)
  && typeof v.viewing === 'number';

const isSnapshotResult: Check = (v) => isOverviewKey(v) && isFields(v)
  && isMachine(v.machine)
  && typeof v.sampledAtMs === 'number'
  && typeof v.seq === 'number'
  && ((isSummaryKey(v.summary) || v.summary === null) || absent(v, 'summary'))
  && ((isTopKey(v.top) || v.top === null) || absent(v, 'top'));

const isSeriesListResultItem: Check = (v) => isSeries(v) && isFields(v)
  && typeof v.about === 'string';

const isSeriesListResult: Check = (v) => isList(v, isSeriesListResultItem);

const isHistoryColumn: Check = (v) => isFields(v)
  && isList(v.avg, isNumberOrNull)
  && isList(v.max, isNumberOrNull)
  && isList(v.min, isNumberOrNull);

const isHistoryQueryResult: Check = (v) => isFields(v)
  && isMap(v.columns, isHistoryColumn)
  && typeof v.stepMs === 'number'
  && isList(v.t, isNumber);

const isSummaryHistoryResult: Check = (v) => isFields(v)
  && isList(v.cpuRatio, isNumberOrNull)
  && isList(v.diskBytesPerS, isNumberOrNull)
  && isList(v.diskRatio, isNumberOrNull)
  && isList(v.memoryRatio, isNumberOrNull)
  && isList(v.netBytesPerS, isNumberOrNull)
  && typeof v.stepMs === 'number'
  && isList(v.t, isNumber)
  && isList(v.temperatureCelsius, isNumberOrNull);

const isFoundProcess: Check = (v) => isFields(v)
  && ((typeof v.cpuRatio === 'number' || v.cpuRatio === null) || absent(v, 'cpuRatio'))
  && typeof v.memoryBytes === 'number'
  && typeof v.name === 'string'
  && typeof v.pid === 'number'
  && typeof v.startedAtMs === 'number'
  && ((typeof v.user === 'string' || v.user === null) || absent(v, 'user'));

const isFindResult: Check = (v) => isFields(v)
  && isList(v.disks, isFullestDisk)
  && typeof v.machine === 'boolean'
  && typeof v.more === 'number'
  && isList(v.processes, isFoundProcess)
  && ((typeof v.tableAgeMs === 'number' || v.tableAgeMs === null) || absent(v, 'tableAgeMs'));

const isAlertsListResult: Check = (v) => isFields(v)
  && isList(v.events, isAlertEvent);

const isProcessDetailResult: Check = (v) => isFields(v)
  && ((typeof v.cgroup === 'string' || v.cgroup === null) || absent(v, 'cgroup'))
  && ((typeof v.cpuTimeMs === 'number' || v.cpuTimeMs === null) || absent(v, 'cpuTimeMs'))
  && ((typeof v.executable === 'string' || v.executable === null) || absent(v, 'executable'))
  && typeof v.gone === 'boolean'
  && ((typeof v.nice === 'number' || v.nice === null) || absent(v, 'nice'))
  && ((typeof v.openFiles === 'number' || v.openFiles === null) || absent(v, 'openFiles'))
  && ((typeof v.openFilesLimit === 'number' || v.openFilesLimit === null) || absent(v, 'openFilesLimit'))
  && typeof v.pid === 'number'
  && typeof v.sampledAtMs === 'number'
  && typeof v.startedAtMs === 'number'
  && ((typeof v.swapBytes === 'number' || v.swapBytes === null) || absent(v, 'swapBytes'))
  && ((typeof v.virtualBytes === 'number' || v.virtualBytes === null) || absent(v, 'virtualBytes'))
  && ((typeof v.workingDirectory === 'string' || v.workingDirectory === null) || absent(v, 'workingDirectory'));

const isSharingLogResult: Check = (v) => isFields(v)
  && isList(v.events, isAccessEvent);

const isViewersListResult: Check = (v) => isList(v, isViewerInfo);

const isViewersAddResult: Check = (v) => isFields(v)
  && typeof v.token === 'string';

const isPairAnswerPaired: Check = (v) => isFields(v)
  && typeof v.machineId === 'string'
  && typeof v.machineName === 'string'
  && typeof v.scope === 'string'
  && typeof v.state === 'string';

const isPairAnswerWaiting: Check = (v) => isFields(v)
  && typeof v.leftMs === 'number'
  && typeof v.request === 'string'
  && typeof v.state === 'string';

const isPairAnswerProven: Check = (v) => isFields(v)
  && typeof v.machineId === 'string'
  && typeof v.machineName === 'string'
  && typeof v.nonce === 'string'
  && typeof v.proof === 'string'
  && typeof v.scope === 'string'
  && typeof v.state === 'string'
  && typeof v.tokenId === 'string';

const isPairAnswerCommitted: Check = (v) => isFields(v)
  && typeof v.key === 'string'
  && typeof v.machineId === 'string'
  && typeof v.machineName === 'string'
  && typeof v.nonce === 'string'
  && typeof v.request === 'string'
  && typeof v.state === 'string';

const isPairAnswerAgreed: Check = (v) => isFields(v)
  && typeof v.proof === 'string'
  && typeof v.scope === 'string'
  && typeof v.state === 'string';

const isPairAnswerWithdrawn: Check = (v) => isFields(v)
  && typeof v.state === 'string';

const isPairAnswer: Check = (v) => {
  if (!isFields(v)) return false;
  switch (v.state) {
    case 'paired': return isPairAnswerPaired(v);
    case 'waiting': return isPairAnswerWaiting(v);
    case 'proven': return isPairAnswerProven(v);
    case 'committed': return isPairAnswerCommitted(v);
    case 'agreed': return isPairAnswerAgreed(v);
    case 'withdrawn': return isPairAnswerWithdrawn(v);
    default: return isString(v.state);
  }
};

/** Every message, by its type. */
export const MESSAGES: Readonly<Record<ServerMessage['type'], Check>> = {
  'challenge': isChallengeMessage,
  'connected': isConnectedMessage,
  'frame': isFrameMessage,
  'pong': isPongMessage,
  'response': isResponseMessage,
  'alert': isAlertMessage,
  'lagged': isLaggedMessage,
  'error': isErrorMessage,
  'goodbye': isGoodbyeMessage,
};

/** The data of every channel: of its key frames, and of those between. `null`: it has no frames. */
export const FRAMES: Readonly<Record<Channel, { key: Check; change: Check } | null>> = {
  'overview': { key: isOverviewKey, change: isOverviewChange },
  'top': { key: isTopKey, change: isTopKey },
  'processes': { key: isProcessesKey, change: isProcessesChange },
  'system-info': { key: isSystemInfoKey, change: isSystemInfoKey },
  'network-interfaces': { key: isNetworkInterfacesKey, change: isNetworkInterfacesKey },
  'summary': { key: isSummaryKey, change: isSummaryKey },
  'alerts': null,
  'sessions': { key: isSessionsKey, change: isSessionsKey },
  'sharing': { key: isSharingKey, change: isSharingKey },
};

/** The result of every method. */
export const RESULTS: Readonly<Record<Method, Check>> = {
  'snapshot': isSnapshotResult,
  'series.list': isSeriesListResult,
  'history.query': isHistoryQueryResult,
  'summary.history': isSummaryHistoryResult,
  'find': isFindResult,
  'alerts.list': isAlertsListResult,
  'process.detail': isProcessDetailResult,
  'sharing.read': isSharingKey,
  'sharing.set': isSharingKey,
  'sharing.network': isSharingKey,
  'sharing.log': isSharingLogResult,
  'pairing.invite': isSharingKey,
  'pairing.cancel': isSharingKey,
  'pairing.answer': isSharingKey,
  'viewers.list': isViewersListResult,
  'viewers.change': isSharingKey,
  'viewers.revoke': isSharingKey,
  'viewers.add': isViewersAddResult,
};

/** The answer of `POST /api/v1/pair`. */
export const PAIR_ANSWER: Check = isPairAnswer;
