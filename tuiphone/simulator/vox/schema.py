"""The messages of the wire, line by line as sections 4 and 8 of PROTOCOL.md list them.

`number name:type`, with `[]` when it may repeat and `!` when it is always written. A line of CLIENT begins with the
message type, whose field in the envelope is the next number; a line of CONFERENCE with the type and the field.
"""

_COUNTERS = ", ".join(f"{number} uCounter{number}:u32{'!' if number <= 30 else ''}" for number in range(2, 50))

PARTS = """
commHdrs: 1 sMobNu:text!, 2 sClientId:text!, 3 ullTransId:u64!
appDetails: 1 sAppName:text!, 2 sCustomerId:text!, 3 sAppId:text!, 4 sAppSecret:text!, 5 eCpassPstnCredType:enum,
    6 sDevMobNum:text, 7 sDevPstnPassword:text
sProfile: 1 sUserName:text, 2 sPresenceStatusMsg:text, 3 sProfilePicId:text, 4 sUserId:text
sPresence: 1 sPhoneNum:text!, 2 sStatus:text!, 3 sTime:u64!, 4 sPresenceStatusMsg:text
callHistory: 1 sMobNu:text!, 2 sCallID:text!, 3 ssrcMobNu:text!, 4 sDstMobNu:text!, 5 eCallType:enum!,
    6 eDirection:enum!, 7 eStatus:enum!, 8 ullStartTime:u64!, 9 ullEndTime:u64!, 10 ullAnswerTime:u64
stunTurnInfo: 1 sStunURL:text!, 2 sStunPort:u64!, 3 sTurnURL:text!, 4 sTurnPort:u64!, 5 eTxType:enum!,
    6 sTurnUserName:text!, 7 sTurnPassword:text!
config: 1 ePrivacyType:enum!, 2 bIsChatAllowed:bool!, 3 bSendNotifications:bool!
person: 1 eParticipantType:enum!, 2 sImlId:text, 3 sMobileNumber:text, 4 sEmailId:text, 5 sName:text
participant: 1 stParticipantDetails:person!, 2 ullPin:u64
credentials: 1 sImlId:text!, 2 sImlPassword:text, 3 ullBridgePin:u64!
alert: 1 sImlId:text!, 2 sName:text, 3 eConferenceType:enum, 4 sMessage:text, 5 bIsMuted:bool
joined: 1 eParticipantJoinType:enum!, 2 sImlId:text!
"""

CLIENT = f"""
1 signUpReq: 1 stHdrs:commHdrs!, 2 sPassHash:text!, 3 sAuthorization:text, 4 sAppName:text, 5 sBrandPin:text,
    6 stOSName:enum, 7 sSendOtp:bool, 8 sAppDetails:appDetails
2 signUpRes: 1 ullTransId:u64!, 2 ret:enum!, 3 sNonce:text, 4 sSipPassword:text, 5 ullExpiryTime:u64,
    6 eRetCode:enum, 7 sReturnPhrase:text
7 loginReq: 1 stHdrs:commHdrs!, 2 sPassHash:text!, 3 sAuth:text, 4 stOSName:enum!, 5 sOSVersion:text!,
    6 sPushDevToken:text, 7 sAppName:text, 8 sBrandPin:text, 9 sPresenceNotUpdate:bool,
    10 sPendingNotificationType:enum, 11 sAppVersion:text, 12 sSdkVersion:text, 13 sAppDetails:appDetails,
    14 sDeviceId:text, 15 sIosVoipPushDevToken:text
8 loginRes: 1 ullTransId:u64!, 2 ret:enum!, 3 sNonce:text, 4 sAccessKey:text, 5 sAccessSecret:text,
    6 sBucketName:text, 7 sPerFolderName:text, 8 sTmpFolderName:text, 9 uServerTime:u64, 10 sS3Region:text,
    11 sRecFolderName:text, 12 eRetCode:enum, 13 sReturnPhrase:text
291 logoutReq: 1 stHdrs:commHdrs!, 2 sPushEnable:bool
292 logoutRes: 1 ullTransId:u64!, 2 eReturnCode:enum!
311 loginElseWhereNotificationReq: 1 stHdrs:commHdrs!
312 loginElseWhereNotificationRes: 1 ullTransId:u64!, 2 eReturnCode:enum!
315 isAppInFocusReq: 1 stHdrs:commHdrs!, 2 eStatus:enum!
316 isAppInFocusRes: 1 ullTransId:u64!, 2 eReturnCode:enum!, 3 sReturnPhrase:text!
5 userJoinedReq: 1 stHdrs:commHdrs!, 2 sJoinedUserMobNu:text!
6 userJoinedRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 sJoinedUserMobNu:text!, 4 ret:enum!
19 addNumReq: 1 stHdrs:commHdrs!, 2 uCount:u32!, 3 sPhoneNums:text[], 4 stContactTypes:enum[]
20 addNumRes: 1 ullTransId:u64!, 2 ret:enum!
21 isAppContactReq: 1 stHdrs:commHdrs!, 2 uCount:u32!, 3 sPhoneNums:text[], 4 sBrandPin:text
22 isAppContactRes: 1 ullTransId:u64!, 2 uCount:u32!, 3 sPhoneNums:text[], 4 stProfile:sProfile[], 5 ret:enum!
23 getContactsReq: 1 stHdrs:commHdrs!
24 getContactsRes: 1 ullTransId:u64!, 2 sPhoneNums:text[], 3 ret:enum!, 4 stContactTypes:enum[]
25 deleteNumReq: 1 stHdrs:commHdrs!, 2 sPhoneNums:text!
26 deleteNumRes: 1 ullTransId:u64!, 2 ret:enum!
61 getPresenceReq: 1 stHdrs:commHdrs!, 2 sPhoneNums:text[]
62 getPresenceRes: 1 ullTransId:u64!, 2 stPresence:sPresence[], 3 ret:enum!
63 setProfileReq: 1 stHdrs:commHdrs!, 2 stProfile:sProfile!
64 setProfileRes: 1 ullTransId:u64!, 2 ret:enum!
65 getProfileReq: 1 stHdrs:commHdrs!, 2 sMobNum:text!
66 getProfileRes: 1 ullTransId:u64!, 2 stProfile:sProfile!, 3 ret:enum!
81 userProfileChangedReq: 1 stHdrs:commHdrs!, 2 sProfileUserMobNu:text!, 3 stProfile:sProfile!
82 userProfileChangedRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 sProfileUserMobNu:text!, 4 ret:enum!
293 userPresenceChangedReq: 1 stHdrs:commHdrs!, 2 stPresence:sPresence!
294 userPresenceChangedRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 ret:enum!
195 directAudioVideoCallStartReq: 1 stHdrs:commHdrs!, 2 sDstMobNu:text!, 3 stCallType:enum!, 4 sCallId:text!,
    5 sSdp:text!, 6 sCallActive:bool!, 7 sStartTime:u64!, 8 bIsRecording:bool
196 directAudioVideoCallStartRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 sCallId:text!, 4 ret:enum!,
    5 bIsRecording:bool
295 directAudioVideoCall180RingingReq: 1 stHdrs:commHdrs!, 2 sDstMobNu:text!, 3 stCallType:enum!, 4 sCallId:text!,
    5 bIsCallWaiting:bool
296 directAudioVideoCall180RingingRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 sCallId:text!, 4 ret:enum!
197 directAudioVideoCallAnswerReq: 1 stHdrs:commHdrs!, 2 sDstMobNu:text!, 3 stCallType:enum!, 4 sCallId:text!,
    5 sSdp:text!, 6 ullAnswerTime:u64, 7 bIsRecording:bool
198 directAudioVideoCallAnswerRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 sCallId:text!, 4 ret:enum!
203 sendIceCandidatesInDirectAVCallReq: 1 stHdrs:commHdrs!, 2 sDstNumber:text!, 3 sCallId:text!,
    4 sIceCandidates:text[], 5 sDirection:enum, 6 sJsonIceCandidates:text[]
204 sendIceCandidatesInDirectAVCallRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 sCallId:text!, 4 ret:enum!
199 directAudioVideoCallEndReq: 1 stHdrs:commHdrs!, 2 sDstMobNu:text!, 3 stCallType:enum!, 4 sCallId:text!,
    5 sStopTime:u64!, 6 uEndStatus:u32, 7 sEndReason:text
200 directAudioVideoCallEndRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 sCallId:text!, 4 ret:enum!
349 directAVCallMediaOnOffReq: 1 stHdrs:commHdrs!, 2 sDstMobNu:text!, 3 eMediaType:enum!, 4 sCallId:text!,
    5 bOption:bool!
350 directAVCallMediaOnOffRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 sCallId:text!, 4 eReturnCode:enum!
351 directAVCallMediaOnOffAckReq: 1 stHdrs:commHdrs!, 2 sDstMobNu:text!, 3 eMediaType:enum!, 4 sCallId:text!,
    5 bOption:bool!
352 directAVCallMediaOnOffAckRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 sCallId:text!, 4 eReturnCode:enum!
337 directAVCallHoldUnHoldReq: 1 stHdrs:commHdrs!, 2 sDstMobNu:text!, 3 eCallType:enum!, 4 sCallId:text!,
    5 bOption:bool!
338 directAVCallHoldUnHoldRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 sCallId:text!, 4 eReturnCode:enum!
15 callStartReq: 1 stHdrs:commHdrs!, 2 sDstMobNu:text!, 3 stCallType:enum!, 4 sCallId:text!, 5 sSdp:text!,
    6 sBrandPin:text, 7 stOSName:enum, 8 bIsRecording:bool, 9 sFromNumber:text
16 callStartRes: 1 ullTransId:u64!, 2 ret:enum!, 3 bIsRecording:bool, 4 sCallId:text
193 callSessionInProgressSdpReq: 1 stHdrs:commHdrs!, 2 sDstMobNu:text!, 3 sCallId:text!, 4 sSdp:text, 5 ret:enum!
194 callSessionInProgressSdpRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 ret:enum!
187 callAnswerReq: 1 stHdrs:commHdrs!, 2 sDstMobNu:text!, 3 sCallId:text!, 4 sSdp:text, 5 ret:enum!
188 callAnswerRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 ret:enum!
185 sendIceCandidatesInCallReq: 1 stHdrs:commHdrs!, 2 sDstNumber:text!, 3 sIceCandidates:text[], 4 sDirection:enum!,
    5 sCallId:text, 6 sAppId:text, 7 sJsonIceCandidates:text[]
186 sendIceCandidatesInCallRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 sDstNumber:text!, 4 ret:enum!
17 callEndReq: 1 stHdrs:commHdrs!, 2 sDstMobNu:text!, 3 sCallId:text!, 4 sBrandPin:text
18 callEndRes: 1 ullTransId:u64!, 2 reason:text!, 3 ret:enum!
205 callEndedReq: 1 stHdrs:commHdrs!, 2 sDstMobNu:text!, 3 sCallId:text!, 4 sEndStatus:u32!, 5 sEndReason:text!
206 callEndedRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 ret:enum!
241 incomingCallStartReq: 1 stHdrs:commHdrs!, 2 sDstMobNu:text!, 3 stCallType:enum!, 4 sCallId:text!, 5 sSdp:text!,
    6 sBrandPin:text, 7 sCallActive:bool!, 8 sStartTime:u64!, 9 sMediaServerId:text!, 10 bIsRecording:bool!,
    11 sDidNumber:text
242 incomingCallStartRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 sCallId:text!, 4 sDstNumber:text!, 5 sBrandPin:text,
    6 ret:enum!
243 sendIceCandidatesInIncomingCallReq: 1 stHdrs:commHdrs!, 2 sDstNumber:text!, 3 sCallId:text!,
    4 sIceCandidates:text[], 5 sDirection:enum!, 6 sJsonIceCandidates:text[], 7 sMediaServerId:text!
244 sendIceCandidatesInIncomingCallRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 sCallId:text!, 4 ret:enum!
245 incomingCallAnswerReq: 1 stHdrs:commHdrs!, 2 sDstMobNu:text!, 3 stCallType:enum!, 4 sCallId:text!, 5 sSdp:text!,
    6 ullAnswerTime:u64!, 7 sMediaServerId:text!, 8 bIsRecording:bool!
246 incomingCallAnswerRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 sCallId:text!, 4 ret:enum!
247 incomingCallEndReq: 1 stHdrs:commHdrs!, 2 sDstMobNu:text!, 3 stCallType:enum!, 4 sCallId:text!, 5 sBrandPin:text,
    6 sStopTime:u64!, 7 sMediaServerId:text!
248 incomingCallEndRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 sCallId:text!, 4 sReturnPhrase:text!, 5 ret:enum!
249 incomingCallEndedReq: 1 stHdrs:commHdrs!, 2 sDstMobNu:text!, 3 stCallType:enum!, 4 sCallId:text!,
    5 sEndStatus:u32!, 6 sEndReason:text!, 7 sStopTime:u64!, 8 sMediaServerId:text!
250 incomingCallEndedRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 sCallId:text!, 4 ret:enum!
229 sendDtmfToneInCallReq: 1 stHdrs:commHdrs!, 2 sDstNumber:text!, 3 sCallId:text!, 4 sDtmfDigit:text!
230 sendDtmfToneInCallRes: 1 ullTransId:u64!, 2 ret:enum!, 3 sDstNumber:text, 4 sCallId:text, 5 sDtmfDigit:text
299 getCallHistoryListReq: 1 stHdrs:commHdrs!, 2 sPageSize:u32!, 3 sOffset:u32!, 4 sDstMobNu:text
300 getCallHistoryListRes: 1 ullTransId:u64!, 2 stCallHistoryList:callHistory[], 3 sPageSize:u32!,
    4 sTotalNumberOfEntries:u32!, 5 eReturnCode:enum!
313 callInfoSyncReq: 1 stHdrs:commHdrs!, 2 sCallID:text!, 3 ssrcMobNu:text!, 4 sDstMobNu:text!, 5 eCallType:enum!,
    6 eStatus:enum!, 7 ullStartTime:u64!, 8 ullEndTime:u64!, 9 ullAnswerTime:u64!, 10 eDirection:enum!
314 callInfoSyncRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 sCallId:text!, 4 ret:enum!
317 getStunTurnReq: 1 stHdrs:commHdrs!
318 getStunTurnRes: 1 ullTransId:u64!, 2 eReturnCode:enum!, 3 sReturnPhrase:text!, 4 stStunTurnInfo:stunTurnInfo[]
83 userPendingNotificationsReq: 1 stHdrs:commHdrs!, {_COUNTERS}
84 userPendingNotificationsRes: 1 ullTransId:u64!, 2 sMobNu:text!, 3 ret:enum!
"""

CONFERENCE = """
1/2 createConferenceReq: 1 stHdrs:commHdrs!, 2 sTitle:text!, 3 ullStartTime:u64!, 4 sAgenda:text, 5 sLocation:text,
    6 ullEndTime:u64, 7 stConfig:config!, 8 stParticipants:participant[], 9 eConferenceType:enum
2/3 createConferenceRes: 1 ullTransId:u64!, 2 sReasonPhrase:text, 3 eReturnCode:enum!
3/42 createConferenceAckReq: 1 stHdrs:commHdrs!, 2 sConferenceId:text!, 3 stParticipantCreds:credentials[],
    4 ullCommonBridgePin:u64, 5 sStatusReason:text, 6 eStatusCode:enum!
4/43 createConferenceAckRes: 1 ullTransId:u64!, 2 sReasonPhrase:text, 3 eReturnCode:enum!
5/4 destroyConferenceReq: 1 stHdrs:commHdrs!, 2 sConferenceId:text!, 3 sMessage:text
6/5 destroyConferenceRes: 1 ullTransId:u64!, 2 sReasonPhrase:text, 3 eReturnCode:enum!
7/6 addParticipantsReq: 1 stHdrs:commHdrs!, 2 sConferenceId:text!, 3 stAddParticipants:participant[]
8/7 addParticipantsRes: 1 ullTransId:u64!, 2 sReasonPhrase:text, 3 eReturnCode:enum!
9/8 removeParticipantsReq: 1 stHdrs:commHdrs!, 2 sConferenceId:text!, 3 sImlIds:text[]
10/9 removeParticipantsRes: 1 ullTransId:u64!, 2 sReasonPhrase:text, 3 eReturnCode:enum!
13/12 conferenceAlertReq: 1 stHdrs:commHdrs!, 2 eAlertType:enum!, 3 sConferenceId:text!, 4 ullCommonBridgePin:u64,
    5 stConferenceAlert:alert!
14/13 conferenceAlertRes: 1 ullTransId:u64!, 2 sReasonPhrase:text, 3 eReturnCode:enum!
27/26 joinConferencePublisherReq: 1 stHdrs:commHdrs!, 2 sConferenceId:text!, 3 eConferenceType:enum, 4 sSdp:text!,
    5 ullPin:u64!
28/27 joinConferencePublisherRes: 1 ullTransId:u64!, 2 sReasonPhrase:text, 3 eReturnCode:enum!
29/28 joinConferencePublisherAckReq: 1 stHdrs:commHdrs!, 2 sConferenceId:text!, 3 sSdp:text!, 4 sStatusReason:text,
    5 eStatusCode:enum!
30/29 joinConferencePublisherAckRes: 1 ullTransId:u64!, 2 sReasonPhrase:text, 3 eReturnCode:enum!
31/30 iceConferenceReq: 1 stHdrs:commHdrs!, 2 sConferenceId:text!, 3 sIceCandidates:text[],
    4 sJsonIceCandidates:text[], 5 sImlId:text!
32/31 iceConferenceRes: 1 ullTransId:u64!, 2 sReasonPhrase:text, 3 eReturnCode:enum!
33/32 subscribeToParticipantReq: 1 stHdrs:commHdrs!, 2 sConferenceId:text!, 3 sImlId:text!
34/33 subscribeToParticipantRes: 1 ullTransId:u64!, 2 sReasonPhrase:text, 3 eReturnCode:enum!
35/34 subscribeToParticipantAckReq: 1 stHdrs:commHdrs!, 2 sConferenceId:text!, 3 sImlId:text!, 4 sSdp:text!,
    5 sStatusReason:text, 6 eStatusCode:enum!
36/35 subscribeToParticipantAckRes: 1 ullTransId:u64!, 2 sReasonPhrase:text, 3 eReturnCode:enum!
37/36 conferenceMuteUnmuteReq: 1 stHdrs:commHdrs!, 2 sConferenceId:text!, 3 sImlId:text!, 4 sOption:bool!,
    5 eMuteParticipantType:enum!
38/37 conferenceMuteUnmuteRes: 1 ullTransId:u64!, 2 sReasonPhrase:text, 3 eReturnCode:enum!
39/38 leaveConferenceReq: 1 stHdrs:commHdrs!, 2 sConferenceId:text!
40/39 leaveConferenceRes: 1 ullTransId:u64!, 2 sReasonPhrase:text, 3 eReturnCode:enum!
43/44 subscribeToParticipantViewingReq: 1 stHdrs:commHdrs!, 2 sConferenceId:text!, 3 sImlId:text!, 4 sSdp:text!
44/45 subscribeToParticipantViewingRes: 1 ullTransId:u64!, 2 sReasonPhrase:text, 3 eReturnCode:enum!
45/46 subscribeToParticipantViewingAckReq: 1 stHdrs:commHdrs!, 2 sConferenceId:text!, 3 sImlId:text!,
    4 sStatusReason:text, 5 eStatusCode:enum!
46/47 subscribeToParticipantViewingAckRes: 1 ullTransId:u64!, 2 sReasonPhrase:text, 3 eReturnCode:enum!
47/48 conferencePublishersReq: 1 stHdrs:commHdrs!, 2 sConferenceId:text!
48/49 conferencePublishersRes: 1 ullTransId:u64!, 2 sPublishers:text[], 3 sReasonPhrase:text, 4 eReturnCode:enum!
49/50 conferenceParticipantsReq: 1 stHdrs:commHdrs!, 2 sConferenceId:text!
50/51 conferenceParticipantsRes: 1 ullTransId:u64!, 2 stDetails:joined[], 3 sReasonPhrase:text, 4 eReturnCode:enum!
"""
