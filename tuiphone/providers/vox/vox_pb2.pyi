from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class osType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ANDROID: _ClassVar[osType]
    IOS: _ClassVar[osType]
    IOS_DEV: _ClassVar[osType]
    WEB: _ClassVar[osType]

class callType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VOICE: _ClassVar[callType]
    VIDEO: _ClassVar[callType]
    LIVE_LOCATION: _ClassVar[callType]
    PSTN: _ClassVar[callType]

class callStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNKNOWN_STATUS: _ClassVar[callStatus]
    MISSED: _ClassVar[callStatus]
    ANSWERED: _ClassVar[callStatus]

class requestDirection(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTGOING: _ClassVar[requestDirection]
    INCOMING: _ClassVar[requestDirection]

class sendDirection(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TO_SERVER: _ClassVar[sendDirection]
    FROM_SERVER: _ClassVar[sendDirection]

class mediaType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MEDIA_VOICE: _ClassVar[mediaType]
    MEDIA_VIDEO: _ClassVar[mediaType]
    MEDIA_BOTH: _ClassVar[mediaType]

class contactType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PHONE_CONTACT: _ClassVar[contactType]
    CUSTOM_CONTACT: _ClassVar[contactType]

class transportType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TCP: _ClassVar[transportType]
    UDP: _ClassVar[transportType]
    TLS: _ClassVar[transportType]
    WS: _ClassVar[transportType]
    WSS: _ClassVar[transportType]
ANDROID: osType
IOS: osType
IOS_DEV: osType
WEB: osType
VOICE: callType
VIDEO: callType
LIVE_LOCATION: callType
PSTN: callType
UNKNOWN_STATUS: callStatus
MISSED: callStatus
ANSWERED: callStatus
OUTGOING: requestDirection
INCOMING: requestDirection
TO_SERVER: sendDirection
FROM_SERVER: sendDirection
MEDIA_VOICE: mediaType
MEDIA_VIDEO: mediaType
MEDIA_BOTH: mediaType
PHONE_CONTACT: contactType
CUSTOM_CONTACT: contactType
TCP: transportType
UDP: transportType
TLS: transportType
WS: transportType
WSS: transportType
NEEDED_FIELD_NUMBER: _ClassVar[int]
needed: _descriptor.FieldDescriptor

class commHdrs(_message.Message):
    __slots__ = ("sMobNu", "sClientId", "ullTransId")
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCLIENTID_FIELD_NUMBER: _ClassVar[int]
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    sMobNu: str
    sClientId: str
    ullTransId: int
    def __init__(self, sMobNu: _Optional[str] = ..., sClientId: _Optional[str] = ..., ullTransId: _Optional[int] = ...) -> None: ...

class appDetails(_message.Message):
    __slots__ = ("sAppName", "sCustomerId", "sAppId", "sAppSecret", "eCpassPstnCredType", "sDevMobNum", "sDevPstnPassword")
    SAPPNAME_FIELD_NUMBER: _ClassVar[int]
    SCUSTOMERID_FIELD_NUMBER: _ClassVar[int]
    SAPPID_FIELD_NUMBER: _ClassVar[int]
    SAPPSECRET_FIELD_NUMBER: _ClassVar[int]
    ECPASSPSTNCREDTYPE_FIELD_NUMBER: _ClassVar[int]
    SDEVMOBNUM_FIELD_NUMBER: _ClassVar[int]
    SDEVPSTNPASSWORD_FIELD_NUMBER: _ClassVar[int]
    sAppName: str
    sCustomerId: str
    sAppId: str
    sAppSecret: str
    eCpassPstnCredType: int
    sDevMobNum: str
    sDevPstnPassword: str
    def __init__(self, sAppName: _Optional[str] = ..., sCustomerId: _Optional[str] = ..., sAppId: _Optional[str] = ..., sAppSecret: _Optional[str] = ..., eCpassPstnCredType: _Optional[int] = ..., sDevMobNum: _Optional[str] = ..., sDevPstnPassword: _Optional[str] = ...) -> None: ...

class sProfile(_message.Message):
    __slots__ = ("sUserName", "sPresenceStatusMsg", "sProfilePicId", "sUserId")
    SUSERNAME_FIELD_NUMBER: _ClassVar[int]
    SPRESENCESTATUSMSG_FIELD_NUMBER: _ClassVar[int]
    SPROFILEPICID_FIELD_NUMBER: _ClassVar[int]
    SUSERID_FIELD_NUMBER: _ClassVar[int]
    sUserName: str
    sPresenceStatusMsg: str
    sProfilePicId: str
    sUserId: str
    def __init__(self, sUserName: _Optional[str] = ..., sPresenceStatusMsg: _Optional[str] = ..., sProfilePicId: _Optional[str] = ..., sUserId: _Optional[str] = ...) -> None: ...

class sPresence(_message.Message):
    __slots__ = ("sPhoneNum", "sStatus", "sTime", "sPresenceStatusMsg")
    SPHONENUM_FIELD_NUMBER: _ClassVar[int]
    SSTATUS_FIELD_NUMBER: _ClassVar[int]
    STIME_FIELD_NUMBER: _ClassVar[int]
    SPRESENCESTATUSMSG_FIELD_NUMBER: _ClassVar[int]
    sPhoneNum: str
    sStatus: str
    sTime: int
    sPresenceStatusMsg: str
    def __init__(self, sPhoneNum: _Optional[str] = ..., sStatus: _Optional[str] = ..., sTime: _Optional[int] = ..., sPresenceStatusMsg: _Optional[str] = ...) -> None: ...

class callHistory(_message.Message):
    __slots__ = ("sMobNu", "sCallID", "ssrcMobNu", "sDstMobNu", "eCallType", "eDirection", "eStatus", "ullStartTime", "ullEndTime", "ullAnswerTime")
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SSRCMOBNU_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    ECALLTYPE_FIELD_NUMBER: _ClassVar[int]
    EDIRECTION_FIELD_NUMBER: _ClassVar[int]
    ESTATUS_FIELD_NUMBER: _ClassVar[int]
    ULLSTARTTIME_FIELD_NUMBER: _ClassVar[int]
    ULLENDTIME_FIELD_NUMBER: _ClassVar[int]
    ULLANSWERTIME_FIELD_NUMBER: _ClassVar[int]
    sMobNu: str
    sCallID: str
    ssrcMobNu: str
    sDstMobNu: str
    eCallType: int
    eDirection: int
    eStatus: int
    ullStartTime: int
    ullEndTime: int
    ullAnswerTime: int
    def __init__(self, sMobNu: _Optional[str] = ..., sCallID: _Optional[str] = ..., ssrcMobNu: _Optional[str] = ..., sDstMobNu: _Optional[str] = ..., eCallType: _Optional[int] = ..., eDirection: _Optional[int] = ..., eStatus: _Optional[int] = ..., ullStartTime: _Optional[int] = ..., ullEndTime: _Optional[int] = ..., ullAnswerTime: _Optional[int] = ...) -> None: ...

class stunTurnInfo(_message.Message):
    __slots__ = ("sStunURL", "sStunPort", "sTurnURL", "sTurnPort", "eTxType", "sTurnUserName", "sTurnPassword")
    SSTUNURL_FIELD_NUMBER: _ClassVar[int]
    SSTUNPORT_FIELD_NUMBER: _ClassVar[int]
    STURNURL_FIELD_NUMBER: _ClassVar[int]
    STURNPORT_FIELD_NUMBER: _ClassVar[int]
    ETXTYPE_FIELD_NUMBER: _ClassVar[int]
    STURNUSERNAME_FIELD_NUMBER: _ClassVar[int]
    STURNPASSWORD_FIELD_NUMBER: _ClassVar[int]
    sStunURL: str
    sStunPort: int
    sTurnURL: str
    sTurnPort: int
    eTxType: int
    sTurnUserName: str
    sTurnPassword: str
    def __init__(self, sStunURL: _Optional[str] = ..., sStunPort: _Optional[int] = ..., sTurnURL: _Optional[str] = ..., sTurnPort: _Optional[int] = ..., eTxType: _Optional[int] = ..., sTurnUserName: _Optional[str] = ..., sTurnPassword: _Optional[str] = ...) -> None: ...

class signUpReq(_message.Message):
    __slots__ = ("stHdrs", "sPassHash", "sAuthorization", "sAppName", "sBrandPin", "stOSName", "sSendOtp", "sAppDetails")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SPASSHASH_FIELD_NUMBER: _ClassVar[int]
    SAUTHORIZATION_FIELD_NUMBER: _ClassVar[int]
    SAPPNAME_FIELD_NUMBER: _ClassVar[int]
    SBRANDPIN_FIELD_NUMBER: _ClassVar[int]
    STOSNAME_FIELD_NUMBER: _ClassVar[int]
    SSENDOTP_FIELD_NUMBER: _ClassVar[int]
    SAPPDETAILS_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sPassHash: str
    sAuthorization: str
    sAppName: str
    sBrandPin: str
    stOSName: int
    sSendOtp: bool
    sAppDetails: appDetails
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sPassHash: _Optional[str] = ..., sAuthorization: _Optional[str] = ..., sAppName: _Optional[str] = ..., sBrandPin: _Optional[str] = ..., stOSName: _Optional[int] = ..., sSendOtp: bool = ..., sAppDetails: _Optional[_Union[appDetails, _Mapping]] = ...) -> None: ...

class signUpRes(_message.Message):
    __slots__ = ("ullTransId", "ret", "sNonce", "sSipPassword", "ullExpiryTime", "eRetCode", "sReturnPhrase")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    SNONCE_FIELD_NUMBER: _ClassVar[int]
    SSIPPASSWORD_FIELD_NUMBER: _ClassVar[int]
    ULLEXPIRYTIME_FIELD_NUMBER: _ClassVar[int]
    ERETCODE_FIELD_NUMBER: _ClassVar[int]
    SRETURNPHRASE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    ret: int
    sNonce: str
    sSipPassword: str
    ullExpiryTime: int
    eRetCode: int
    sReturnPhrase: str
    def __init__(self, ullTransId: _Optional[int] = ..., ret: _Optional[int] = ..., sNonce: _Optional[str] = ..., sSipPassword: _Optional[str] = ..., ullExpiryTime: _Optional[int] = ..., eRetCode: _Optional[int] = ..., sReturnPhrase: _Optional[str] = ...) -> None: ...

class loginReq(_message.Message):
    __slots__ = ("stHdrs", "sPassHash", "sAuth", "stOSName", "sOSVersion", "sPushDevToken", "sAppName", "sBrandPin", "sPresenceNotUpdate", "sPendingNotificationType", "sAppVersion", "sSdkVersion", "sAppDetails", "sDeviceId", "sIosVoipPushDevToken")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SPASSHASH_FIELD_NUMBER: _ClassVar[int]
    SAUTH_FIELD_NUMBER: _ClassVar[int]
    STOSNAME_FIELD_NUMBER: _ClassVar[int]
    SOSVERSION_FIELD_NUMBER: _ClassVar[int]
    SPUSHDEVTOKEN_FIELD_NUMBER: _ClassVar[int]
    SAPPNAME_FIELD_NUMBER: _ClassVar[int]
    SBRANDPIN_FIELD_NUMBER: _ClassVar[int]
    SPRESENCENOTUPDATE_FIELD_NUMBER: _ClassVar[int]
    SPENDINGNOTIFICATIONTYPE_FIELD_NUMBER: _ClassVar[int]
    SAPPVERSION_FIELD_NUMBER: _ClassVar[int]
    SSDKVERSION_FIELD_NUMBER: _ClassVar[int]
    SAPPDETAILS_FIELD_NUMBER: _ClassVar[int]
    SDEVICEID_FIELD_NUMBER: _ClassVar[int]
    SIOSVOIPPUSHDEVTOKEN_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sPassHash: str
    sAuth: str
    stOSName: int
    sOSVersion: str
    sPushDevToken: str
    sAppName: str
    sBrandPin: str
    sPresenceNotUpdate: bool
    sPendingNotificationType: int
    sAppVersion: str
    sSdkVersion: str
    sAppDetails: appDetails
    sDeviceId: str
    sIosVoipPushDevToken: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sPassHash: _Optional[str] = ..., sAuth: _Optional[str] = ..., stOSName: _Optional[int] = ..., sOSVersion: _Optional[str] = ..., sPushDevToken: _Optional[str] = ..., sAppName: _Optional[str] = ..., sBrandPin: _Optional[str] = ..., sPresenceNotUpdate: bool = ..., sPendingNotificationType: _Optional[int] = ..., sAppVersion: _Optional[str] = ..., sSdkVersion: _Optional[str] = ..., sAppDetails: _Optional[_Union[appDetails, _Mapping]] = ..., sDeviceId: _Optional[str] = ..., sIosVoipPushDevToken: _Optional[str] = ...) -> None: ...

class loginRes(_message.Message):
    __slots__ = ("ullTransId", "ret", "sNonce", "sAccessKey", "sAccessSecret", "sBucketName", "sPerFolderName", "sTmpFolderName", "uServerTime", "sS3Region", "sRecFolderName", "eRetCode", "sReturnPhrase")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    SNONCE_FIELD_NUMBER: _ClassVar[int]
    SACCESSKEY_FIELD_NUMBER: _ClassVar[int]
    SACCESSSECRET_FIELD_NUMBER: _ClassVar[int]
    SBUCKETNAME_FIELD_NUMBER: _ClassVar[int]
    SPERFOLDERNAME_FIELD_NUMBER: _ClassVar[int]
    STMPFOLDERNAME_FIELD_NUMBER: _ClassVar[int]
    USERVERTIME_FIELD_NUMBER: _ClassVar[int]
    SS3REGION_FIELD_NUMBER: _ClassVar[int]
    SRECFOLDERNAME_FIELD_NUMBER: _ClassVar[int]
    ERETCODE_FIELD_NUMBER: _ClassVar[int]
    SRETURNPHRASE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    ret: int
    sNonce: str
    sAccessKey: str
    sAccessSecret: str
    sBucketName: str
    sPerFolderName: str
    sTmpFolderName: str
    uServerTime: int
    sS3Region: str
    sRecFolderName: str
    eRetCode: int
    sReturnPhrase: str
    def __init__(self, ullTransId: _Optional[int] = ..., ret: _Optional[int] = ..., sNonce: _Optional[str] = ..., sAccessKey: _Optional[str] = ..., sAccessSecret: _Optional[str] = ..., sBucketName: _Optional[str] = ..., sPerFolderName: _Optional[str] = ..., sTmpFolderName: _Optional[str] = ..., uServerTime: _Optional[int] = ..., sS3Region: _Optional[str] = ..., sRecFolderName: _Optional[str] = ..., eRetCode: _Optional[int] = ..., sReturnPhrase: _Optional[str] = ...) -> None: ...

class logoutReq(_message.Message):
    __slots__ = ("stHdrs", "sPushEnable")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SPUSHENABLE_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sPushEnable: bool
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sPushEnable: bool = ...) -> None: ...

class logoutRes(_message.Message):
    __slots__ = ("ullTransId", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class loginElseWhereNotificationReq(_message.Message):
    __slots__ = ("stHdrs",)
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ...) -> None: ...

class loginElseWhereNotificationRes(_message.Message):
    __slots__ = ("ullTransId", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class isAppInFocusReq(_message.Message):
    __slots__ = ("stHdrs", "eStatus")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    ESTATUS_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    eStatus: int
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., eStatus: _Optional[int] = ...) -> None: ...

class isAppInFocusRes(_message.Message):
    __slots__ = ("ullTransId", "eReturnCode", "sReturnPhrase")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    SRETURNPHRASE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    eReturnCode: int
    sReturnPhrase: str
    def __init__(self, ullTransId: _Optional[int] = ..., eReturnCode: _Optional[int] = ..., sReturnPhrase: _Optional[str] = ...) -> None: ...

class userJoinedReq(_message.Message):
    __slots__ = ("stHdrs", "sJoinedUserMobNu")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SJOINEDUSERMOBNU_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sJoinedUserMobNu: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sJoinedUserMobNu: _Optional[str] = ...) -> None: ...

class userJoinedRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "sJoinedUserMobNu", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SJOINEDUSERMOBNU_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    sJoinedUserMobNu: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., sJoinedUserMobNu: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class addNumReq(_message.Message):
    __slots__ = ("stHdrs", "uCount", "sPhoneNums", "stContactTypes")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    UCOUNT_FIELD_NUMBER: _ClassVar[int]
    SPHONENUMS_FIELD_NUMBER: _ClassVar[int]
    STCONTACTTYPES_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    uCount: int
    sPhoneNums: _containers.RepeatedScalarFieldContainer[str]
    stContactTypes: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., uCount: _Optional[int] = ..., sPhoneNums: _Optional[_Iterable[str]] = ..., stContactTypes: _Optional[_Iterable[int]] = ...) -> None: ...

class addNumRes(_message.Message):
    __slots__ = ("ullTransId", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., ret: _Optional[int] = ...) -> None: ...

class isAppContactReq(_message.Message):
    __slots__ = ("stHdrs", "uCount", "sPhoneNums", "sBrandPin")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    UCOUNT_FIELD_NUMBER: _ClassVar[int]
    SPHONENUMS_FIELD_NUMBER: _ClassVar[int]
    SBRANDPIN_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    uCount: int
    sPhoneNums: _containers.RepeatedScalarFieldContainer[str]
    sBrandPin: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., uCount: _Optional[int] = ..., sPhoneNums: _Optional[_Iterable[str]] = ..., sBrandPin: _Optional[str] = ...) -> None: ...

class isAppContactRes(_message.Message):
    __slots__ = ("ullTransId", "uCount", "sPhoneNums", "stProfile", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    UCOUNT_FIELD_NUMBER: _ClassVar[int]
    SPHONENUMS_FIELD_NUMBER: _ClassVar[int]
    STPROFILE_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    uCount: int
    sPhoneNums: _containers.RepeatedScalarFieldContainer[str]
    stProfile: _containers.RepeatedCompositeFieldContainer[sProfile]
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., uCount: _Optional[int] = ..., sPhoneNums: _Optional[_Iterable[str]] = ..., stProfile: _Optional[_Iterable[_Union[sProfile, _Mapping]]] = ..., ret: _Optional[int] = ...) -> None: ...

class getContactsReq(_message.Message):
    __slots__ = ("stHdrs",)
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ...) -> None: ...

class getContactsRes(_message.Message):
    __slots__ = ("ullTransId", "sPhoneNums", "ret", "stContactTypes")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SPHONENUMS_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    STCONTACTTYPES_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sPhoneNums: _containers.RepeatedScalarFieldContainer[str]
    ret: int
    stContactTypes: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, ullTransId: _Optional[int] = ..., sPhoneNums: _Optional[_Iterable[str]] = ..., ret: _Optional[int] = ..., stContactTypes: _Optional[_Iterable[int]] = ...) -> None: ...

class deleteNumReq(_message.Message):
    __slots__ = ("stHdrs", "sPhoneNums")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SPHONENUMS_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sPhoneNums: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sPhoneNums: _Optional[str] = ...) -> None: ...

class deleteNumRes(_message.Message):
    __slots__ = ("ullTransId", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., ret: _Optional[int] = ...) -> None: ...

class getPresenceReq(_message.Message):
    __slots__ = ("stHdrs", "sPhoneNums")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SPHONENUMS_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sPhoneNums: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sPhoneNums: _Optional[_Iterable[str]] = ...) -> None: ...

class getPresenceRes(_message.Message):
    __slots__ = ("ullTransId", "stPresence", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    STPRESENCE_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    stPresence: _containers.RepeatedCompositeFieldContainer[sPresence]
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., stPresence: _Optional[_Iterable[_Union[sPresence, _Mapping]]] = ..., ret: _Optional[int] = ...) -> None: ...

class setProfileReq(_message.Message):
    __slots__ = ("stHdrs", "stProfile")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    STPROFILE_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    stProfile: sProfile
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., stProfile: _Optional[_Union[sProfile, _Mapping]] = ...) -> None: ...

class setProfileRes(_message.Message):
    __slots__ = ("ullTransId", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., ret: _Optional[int] = ...) -> None: ...

class getProfileReq(_message.Message):
    __slots__ = ("stHdrs", "sMobNum")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SMOBNUM_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sMobNum: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sMobNum: _Optional[str] = ...) -> None: ...

class getProfileRes(_message.Message):
    __slots__ = ("ullTransId", "stProfile", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    STPROFILE_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    stProfile: sProfile
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., stProfile: _Optional[_Union[sProfile, _Mapping]] = ..., ret: _Optional[int] = ...) -> None: ...

class userProfileChangedReq(_message.Message):
    __slots__ = ("stHdrs", "sProfileUserMobNu", "stProfile")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SPROFILEUSERMOBNU_FIELD_NUMBER: _ClassVar[int]
    STPROFILE_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sProfileUserMobNu: str
    stProfile: sProfile
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sProfileUserMobNu: _Optional[str] = ..., stProfile: _Optional[_Union[sProfile, _Mapping]] = ...) -> None: ...

class userProfileChangedRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "sProfileUserMobNu", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SPROFILEUSERMOBNU_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    sProfileUserMobNu: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., sProfileUserMobNu: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class userPresenceChangedReq(_message.Message):
    __slots__ = ("stHdrs", "stPresence")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    STPRESENCE_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    stPresence: sPresence
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., stPresence: _Optional[_Union[sPresence, _Mapping]] = ...) -> None: ...

class userPresenceChangedRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class directAudioVideoCallStartReq(_message.Message):
    __slots__ = ("stHdrs", "sDstMobNu", "stCallType", "sCallId", "sSdp", "sCallActive", "sStartTime", "bIsRecording")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    STCALLTYPE_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SSDP_FIELD_NUMBER: _ClassVar[int]
    SCALLACTIVE_FIELD_NUMBER: _ClassVar[int]
    SSTARTTIME_FIELD_NUMBER: _ClassVar[int]
    BISRECORDING_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstMobNu: str
    stCallType: int
    sCallId: str
    sSdp: str
    sCallActive: bool
    sStartTime: int
    bIsRecording: bool
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstMobNu: _Optional[str] = ..., stCallType: _Optional[int] = ..., sCallId: _Optional[str] = ..., sSdp: _Optional[str] = ..., sCallActive: bool = ..., sStartTime: _Optional[int] = ..., bIsRecording: bool = ...) -> None: ...

class directAudioVideoCallStartRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "sCallId", "ret", "bIsRecording")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    BISRECORDING_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    sCallId: str
    ret: int
    bIsRecording: bool
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., sCallId: _Optional[str] = ..., ret: _Optional[int] = ..., bIsRecording: bool = ...) -> None: ...

class directAudioVideoCall180RingingReq(_message.Message):
    __slots__ = ("stHdrs", "sDstMobNu", "stCallType", "sCallId", "bIsCallWaiting")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    STCALLTYPE_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    BISCALLWAITING_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstMobNu: str
    stCallType: int
    sCallId: str
    bIsCallWaiting: bool
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstMobNu: _Optional[str] = ..., stCallType: _Optional[int] = ..., sCallId: _Optional[str] = ..., bIsCallWaiting: bool = ...) -> None: ...

class directAudioVideoCall180RingingRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "sCallId", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    sCallId: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., sCallId: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class directAudioVideoCallAnswerReq(_message.Message):
    __slots__ = ("stHdrs", "sDstMobNu", "stCallType", "sCallId", "sSdp", "ullAnswerTime", "bIsRecording")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    STCALLTYPE_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SSDP_FIELD_NUMBER: _ClassVar[int]
    ULLANSWERTIME_FIELD_NUMBER: _ClassVar[int]
    BISRECORDING_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstMobNu: str
    stCallType: int
    sCallId: str
    sSdp: str
    ullAnswerTime: int
    bIsRecording: bool
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstMobNu: _Optional[str] = ..., stCallType: _Optional[int] = ..., sCallId: _Optional[str] = ..., sSdp: _Optional[str] = ..., ullAnswerTime: _Optional[int] = ..., bIsRecording: bool = ...) -> None: ...

class directAudioVideoCallAnswerRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "sCallId", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    sCallId: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., sCallId: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class sendIceCandidatesInDirectAVCallReq(_message.Message):
    __slots__ = ("stHdrs", "sDstNumber", "sCallId", "sIceCandidates", "sDirection", "sJsonIceCandidates")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTNUMBER_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SICECANDIDATES_FIELD_NUMBER: _ClassVar[int]
    SDIRECTION_FIELD_NUMBER: _ClassVar[int]
    SJSONICECANDIDATES_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstNumber: str
    sCallId: str
    sIceCandidates: _containers.RepeatedScalarFieldContainer[str]
    sDirection: int
    sJsonIceCandidates: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstNumber: _Optional[str] = ..., sCallId: _Optional[str] = ..., sIceCandidates: _Optional[_Iterable[str]] = ..., sDirection: _Optional[int] = ..., sJsonIceCandidates: _Optional[_Iterable[str]] = ...) -> None: ...

class sendIceCandidatesInDirectAVCallRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "sCallId", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    sCallId: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., sCallId: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class directAudioVideoCallEndReq(_message.Message):
    __slots__ = ("stHdrs", "sDstMobNu", "stCallType", "sCallId", "sStopTime", "uEndStatus", "sEndReason")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    STCALLTYPE_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SSTOPTIME_FIELD_NUMBER: _ClassVar[int]
    UENDSTATUS_FIELD_NUMBER: _ClassVar[int]
    SENDREASON_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstMobNu: str
    stCallType: int
    sCallId: str
    sStopTime: int
    uEndStatus: int
    sEndReason: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstMobNu: _Optional[str] = ..., stCallType: _Optional[int] = ..., sCallId: _Optional[str] = ..., sStopTime: _Optional[int] = ..., uEndStatus: _Optional[int] = ..., sEndReason: _Optional[str] = ...) -> None: ...

class directAudioVideoCallEndRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "sCallId", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    sCallId: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., sCallId: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class directAVCallMediaOnOffReq(_message.Message):
    __slots__ = ("stHdrs", "sDstMobNu", "eMediaType", "sCallId", "bOption")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    EMEDIATYPE_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    BOPTION_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstMobNu: str
    eMediaType: int
    sCallId: str
    bOption: bool
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstMobNu: _Optional[str] = ..., eMediaType: _Optional[int] = ..., sCallId: _Optional[str] = ..., bOption: bool = ...) -> None: ...

class directAVCallMediaOnOffRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "sCallId", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    sCallId: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., sCallId: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class directAVCallMediaOnOffAckReq(_message.Message):
    __slots__ = ("stHdrs", "sDstMobNu", "eMediaType", "sCallId", "bOption")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    EMEDIATYPE_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    BOPTION_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstMobNu: str
    eMediaType: int
    sCallId: str
    bOption: bool
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstMobNu: _Optional[str] = ..., eMediaType: _Optional[int] = ..., sCallId: _Optional[str] = ..., bOption: bool = ...) -> None: ...

class directAVCallMediaOnOffAckRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "sCallId", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    sCallId: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., sCallId: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class directAVCallHoldUnHoldReq(_message.Message):
    __slots__ = ("stHdrs", "sDstMobNu", "eCallType", "sCallId", "bOption")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    ECALLTYPE_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    BOPTION_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstMobNu: str
    eCallType: int
    sCallId: str
    bOption: bool
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstMobNu: _Optional[str] = ..., eCallType: _Optional[int] = ..., sCallId: _Optional[str] = ..., bOption: bool = ...) -> None: ...

class directAVCallHoldUnHoldRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "sCallId", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    sCallId: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., sCallId: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class callStartReq(_message.Message):
    __slots__ = ("stHdrs", "sDstMobNu", "stCallType", "sCallId", "sSdp", "sBrandPin", "stOSName", "bIsRecording", "sFromNumber")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    STCALLTYPE_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SSDP_FIELD_NUMBER: _ClassVar[int]
    SBRANDPIN_FIELD_NUMBER: _ClassVar[int]
    STOSNAME_FIELD_NUMBER: _ClassVar[int]
    BISRECORDING_FIELD_NUMBER: _ClassVar[int]
    SFROMNUMBER_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstMobNu: str
    stCallType: int
    sCallId: str
    sSdp: str
    sBrandPin: str
    stOSName: int
    bIsRecording: bool
    sFromNumber: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstMobNu: _Optional[str] = ..., stCallType: _Optional[int] = ..., sCallId: _Optional[str] = ..., sSdp: _Optional[str] = ..., sBrandPin: _Optional[str] = ..., stOSName: _Optional[int] = ..., bIsRecording: bool = ..., sFromNumber: _Optional[str] = ...) -> None: ...

class callStartRes(_message.Message):
    __slots__ = ("ullTransId", "ret", "bIsRecording", "sCallId")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    BISRECORDING_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    ret: int
    bIsRecording: bool
    sCallId: str
    def __init__(self, ullTransId: _Optional[int] = ..., ret: _Optional[int] = ..., bIsRecording: bool = ..., sCallId: _Optional[str] = ...) -> None: ...

class callSessionInProgressSdpReq(_message.Message):
    __slots__ = ("stHdrs", "sDstMobNu", "sCallId", "sSdp", "ret")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SSDP_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstMobNu: str
    sCallId: str
    sSdp: str
    ret: int
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstMobNu: _Optional[str] = ..., sCallId: _Optional[str] = ..., sSdp: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class callSessionInProgressSdpRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class callAnswerReq(_message.Message):
    __slots__ = ("stHdrs", "sDstMobNu", "sCallId", "sSdp", "ret")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SSDP_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstMobNu: str
    sCallId: str
    sSdp: str
    ret: int
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstMobNu: _Optional[str] = ..., sCallId: _Optional[str] = ..., sSdp: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class callAnswerRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class sendIceCandidatesInCallReq(_message.Message):
    __slots__ = ("stHdrs", "sDstNumber", "sIceCandidates", "sDirection", "sCallId", "sAppId", "sJsonIceCandidates")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTNUMBER_FIELD_NUMBER: _ClassVar[int]
    SICECANDIDATES_FIELD_NUMBER: _ClassVar[int]
    SDIRECTION_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SAPPID_FIELD_NUMBER: _ClassVar[int]
    SJSONICECANDIDATES_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstNumber: str
    sIceCandidates: _containers.RepeatedScalarFieldContainer[str]
    sDirection: int
    sCallId: str
    sAppId: str
    sJsonIceCandidates: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstNumber: _Optional[str] = ..., sIceCandidates: _Optional[_Iterable[str]] = ..., sDirection: _Optional[int] = ..., sCallId: _Optional[str] = ..., sAppId: _Optional[str] = ..., sJsonIceCandidates: _Optional[_Iterable[str]] = ...) -> None: ...

class sendIceCandidatesInCallRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "sDstNumber", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SDSTNUMBER_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    sDstNumber: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., sDstNumber: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class callEndReq(_message.Message):
    __slots__ = ("stHdrs", "sDstMobNu", "sCallId", "sBrandPin")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SBRANDPIN_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstMobNu: str
    sCallId: str
    sBrandPin: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstMobNu: _Optional[str] = ..., sCallId: _Optional[str] = ..., sBrandPin: _Optional[str] = ...) -> None: ...

class callEndRes(_message.Message):
    __slots__ = ("ullTransId", "reason", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    reason: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., reason: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class callEndedReq(_message.Message):
    __slots__ = ("stHdrs", "sDstMobNu", "sCallId", "sEndStatus", "sEndReason")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SENDSTATUS_FIELD_NUMBER: _ClassVar[int]
    SENDREASON_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstMobNu: str
    sCallId: str
    sEndStatus: int
    sEndReason: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstMobNu: _Optional[str] = ..., sCallId: _Optional[str] = ..., sEndStatus: _Optional[int] = ..., sEndReason: _Optional[str] = ...) -> None: ...

class callEndedRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class incomingCallStartReq(_message.Message):
    __slots__ = ("stHdrs", "sDstMobNu", "stCallType", "sCallId", "sSdp", "sBrandPin", "sCallActive", "sStartTime", "sMediaServerId", "bIsRecording", "sDidNumber")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    STCALLTYPE_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SSDP_FIELD_NUMBER: _ClassVar[int]
    SBRANDPIN_FIELD_NUMBER: _ClassVar[int]
    SCALLACTIVE_FIELD_NUMBER: _ClassVar[int]
    SSTARTTIME_FIELD_NUMBER: _ClassVar[int]
    SMEDIASERVERID_FIELD_NUMBER: _ClassVar[int]
    BISRECORDING_FIELD_NUMBER: _ClassVar[int]
    SDIDNUMBER_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstMobNu: str
    stCallType: int
    sCallId: str
    sSdp: str
    sBrandPin: str
    sCallActive: bool
    sStartTime: int
    sMediaServerId: str
    bIsRecording: bool
    sDidNumber: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstMobNu: _Optional[str] = ..., stCallType: _Optional[int] = ..., sCallId: _Optional[str] = ..., sSdp: _Optional[str] = ..., sBrandPin: _Optional[str] = ..., sCallActive: bool = ..., sStartTime: _Optional[int] = ..., sMediaServerId: _Optional[str] = ..., bIsRecording: bool = ..., sDidNumber: _Optional[str] = ...) -> None: ...

class incomingCallStartRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "sCallId", "sDstNumber", "sBrandPin", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SDSTNUMBER_FIELD_NUMBER: _ClassVar[int]
    SBRANDPIN_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    sCallId: str
    sDstNumber: str
    sBrandPin: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., sCallId: _Optional[str] = ..., sDstNumber: _Optional[str] = ..., sBrandPin: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class sendIceCandidatesInIncomingCallReq(_message.Message):
    __slots__ = ("stHdrs", "sDstNumber", "sCallId", "sIceCandidates", "sDirection", "sJsonIceCandidates", "sMediaServerId")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTNUMBER_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SICECANDIDATES_FIELD_NUMBER: _ClassVar[int]
    SDIRECTION_FIELD_NUMBER: _ClassVar[int]
    SJSONICECANDIDATES_FIELD_NUMBER: _ClassVar[int]
    SMEDIASERVERID_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstNumber: str
    sCallId: str
    sIceCandidates: _containers.RepeatedScalarFieldContainer[str]
    sDirection: int
    sJsonIceCandidates: _containers.RepeatedScalarFieldContainer[str]
    sMediaServerId: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstNumber: _Optional[str] = ..., sCallId: _Optional[str] = ..., sIceCandidates: _Optional[_Iterable[str]] = ..., sDirection: _Optional[int] = ..., sJsonIceCandidates: _Optional[_Iterable[str]] = ..., sMediaServerId: _Optional[str] = ...) -> None: ...

class sendIceCandidatesInIncomingCallRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "sCallId", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    sCallId: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., sCallId: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class incomingCallAnswerReq(_message.Message):
    __slots__ = ("stHdrs", "sDstMobNu", "stCallType", "sCallId", "sSdp", "ullAnswerTime", "sMediaServerId", "bIsRecording")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    STCALLTYPE_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SSDP_FIELD_NUMBER: _ClassVar[int]
    ULLANSWERTIME_FIELD_NUMBER: _ClassVar[int]
    SMEDIASERVERID_FIELD_NUMBER: _ClassVar[int]
    BISRECORDING_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstMobNu: str
    stCallType: int
    sCallId: str
    sSdp: str
    ullAnswerTime: int
    sMediaServerId: str
    bIsRecording: bool
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstMobNu: _Optional[str] = ..., stCallType: _Optional[int] = ..., sCallId: _Optional[str] = ..., sSdp: _Optional[str] = ..., ullAnswerTime: _Optional[int] = ..., sMediaServerId: _Optional[str] = ..., bIsRecording: bool = ...) -> None: ...

class incomingCallAnswerRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "sCallId", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    sCallId: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., sCallId: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class incomingCallEndReq(_message.Message):
    __slots__ = ("stHdrs", "sDstMobNu", "stCallType", "sCallId", "sBrandPin", "sStopTime", "sMediaServerId")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    STCALLTYPE_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SBRANDPIN_FIELD_NUMBER: _ClassVar[int]
    SSTOPTIME_FIELD_NUMBER: _ClassVar[int]
    SMEDIASERVERID_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstMobNu: str
    stCallType: int
    sCallId: str
    sBrandPin: str
    sStopTime: int
    sMediaServerId: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstMobNu: _Optional[str] = ..., stCallType: _Optional[int] = ..., sCallId: _Optional[str] = ..., sBrandPin: _Optional[str] = ..., sStopTime: _Optional[int] = ..., sMediaServerId: _Optional[str] = ...) -> None: ...

class incomingCallEndRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "sCallId", "sReturnPhrase", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SRETURNPHRASE_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    sCallId: str
    sReturnPhrase: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., sCallId: _Optional[str] = ..., sReturnPhrase: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class incomingCallEndedReq(_message.Message):
    __slots__ = ("stHdrs", "sDstMobNu", "stCallType", "sCallId", "sEndStatus", "sEndReason", "sStopTime", "sMediaServerId")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    STCALLTYPE_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SENDSTATUS_FIELD_NUMBER: _ClassVar[int]
    SENDREASON_FIELD_NUMBER: _ClassVar[int]
    SSTOPTIME_FIELD_NUMBER: _ClassVar[int]
    SMEDIASERVERID_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstMobNu: str
    stCallType: int
    sCallId: str
    sEndStatus: int
    sEndReason: str
    sStopTime: int
    sMediaServerId: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstMobNu: _Optional[str] = ..., stCallType: _Optional[int] = ..., sCallId: _Optional[str] = ..., sEndStatus: _Optional[int] = ..., sEndReason: _Optional[str] = ..., sStopTime: _Optional[int] = ..., sMediaServerId: _Optional[str] = ...) -> None: ...

class incomingCallEndedRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "sCallId", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    sCallId: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., sCallId: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class sendDtmfToneInCallReq(_message.Message):
    __slots__ = ("stHdrs", "sDstNumber", "sCallId", "sDtmfDigit")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SDSTNUMBER_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SDTMFDIGIT_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sDstNumber: str
    sCallId: str
    sDtmfDigit: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sDstNumber: _Optional[str] = ..., sCallId: _Optional[str] = ..., sDtmfDigit: _Optional[str] = ...) -> None: ...

class sendDtmfToneInCallRes(_message.Message):
    __slots__ = ("ullTransId", "ret", "sDstNumber", "sCallId", "sDtmfDigit")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    SDSTNUMBER_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SDTMFDIGIT_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    ret: int
    sDstNumber: str
    sCallId: str
    sDtmfDigit: str
    def __init__(self, ullTransId: _Optional[int] = ..., ret: _Optional[int] = ..., sDstNumber: _Optional[str] = ..., sCallId: _Optional[str] = ..., sDtmfDigit: _Optional[str] = ...) -> None: ...

class getCallHistoryListReq(_message.Message):
    __slots__ = ("stHdrs", "sPageSize", "sOffset", "sDstMobNu")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SPAGESIZE_FIELD_NUMBER: _ClassVar[int]
    SOFFSET_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sPageSize: int
    sOffset: int
    sDstMobNu: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sPageSize: _Optional[int] = ..., sOffset: _Optional[int] = ..., sDstMobNu: _Optional[str] = ...) -> None: ...

class getCallHistoryListRes(_message.Message):
    __slots__ = ("ullTransId", "stCallHistoryList", "sPageSize", "sTotalNumberOfEntries", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    STCALLHISTORYLIST_FIELD_NUMBER: _ClassVar[int]
    SPAGESIZE_FIELD_NUMBER: _ClassVar[int]
    STOTALNUMBEROFENTRIES_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    stCallHistoryList: _containers.RepeatedCompositeFieldContainer[callHistory]
    sPageSize: int
    sTotalNumberOfEntries: int
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., stCallHistoryList: _Optional[_Iterable[_Union[callHistory, _Mapping]]] = ..., sPageSize: _Optional[int] = ..., sTotalNumberOfEntries: _Optional[int] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class callInfoSyncReq(_message.Message):
    __slots__ = ("stHdrs", "sCallID", "ssrcMobNu", "sDstMobNu", "eCallType", "eStatus", "ullStartTime", "ullEndTime", "ullAnswerTime", "eDirection")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    SSRCMOBNU_FIELD_NUMBER: _ClassVar[int]
    SDSTMOBNU_FIELD_NUMBER: _ClassVar[int]
    ECALLTYPE_FIELD_NUMBER: _ClassVar[int]
    ESTATUS_FIELD_NUMBER: _ClassVar[int]
    ULLSTARTTIME_FIELD_NUMBER: _ClassVar[int]
    ULLENDTIME_FIELD_NUMBER: _ClassVar[int]
    ULLANSWERTIME_FIELD_NUMBER: _ClassVar[int]
    EDIRECTION_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sCallID: str
    ssrcMobNu: str
    sDstMobNu: str
    eCallType: int
    eStatus: int
    ullStartTime: int
    ullEndTime: int
    ullAnswerTime: int
    eDirection: int
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sCallID: _Optional[str] = ..., ssrcMobNu: _Optional[str] = ..., sDstMobNu: _Optional[str] = ..., eCallType: _Optional[int] = ..., eStatus: _Optional[int] = ..., ullStartTime: _Optional[int] = ..., ullEndTime: _Optional[int] = ..., ullAnswerTime: _Optional[int] = ..., eDirection: _Optional[int] = ...) -> None: ...

class callInfoSyncRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "sCallId", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    SCALLID_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    sCallId: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., sCallId: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class getStunTurnReq(_message.Message):
    __slots__ = ("stHdrs",)
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ...) -> None: ...

class getStunTurnRes(_message.Message):
    __slots__ = ("ullTransId", "eReturnCode", "sReturnPhrase", "stStunTurnInfo")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    SRETURNPHRASE_FIELD_NUMBER: _ClassVar[int]
    STSTUNTURNINFO_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    eReturnCode: int
    sReturnPhrase: str
    stStunTurnInfo: _containers.RepeatedCompositeFieldContainer[stunTurnInfo]
    def __init__(self, ullTransId: _Optional[int] = ..., eReturnCode: _Optional[int] = ..., sReturnPhrase: _Optional[str] = ..., stStunTurnInfo: _Optional[_Iterable[_Union[stunTurnInfo, _Mapping]]] = ...) -> None: ...

class userPendingNotificationsReq(_message.Message):
    __slots__ = ("stHdrs",)
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ...) -> None: ...

class userPendingNotificationsRes(_message.Message):
    __slots__ = ("ullTransId", "sMobNu", "ret")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SMOBNU_FIELD_NUMBER: _ClassVar[int]
    RET_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sMobNu: str
    ret: int
    def __init__(self, ullTransId: _Optional[int] = ..., sMobNu: _Optional[str] = ..., ret: _Optional[int] = ...) -> None: ...

class participantDetails(_message.Message):
    __slots__ = ("eParticipantType", "sImlId", "sMobileNumber", "sEmailId", "sName")
    EPARTICIPANTTYPE_FIELD_NUMBER: _ClassVar[int]
    SIMLID_FIELD_NUMBER: _ClassVar[int]
    SMOBILENUMBER_FIELD_NUMBER: _ClassVar[int]
    SEMAILID_FIELD_NUMBER: _ClassVar[int]
    SNAME_FIELD_NUMBER: _ClassVar[int]
    eParticipantType: int
    sImlId: str
    sMobileNumber: str
    sEmailId: str
    sName: str
    def __init__(self, eParticipantType: _Optional[int] = ..., sImlId: _Optional[str] = ..., sMobileNumber: _Optional[str] = ..., sEmailId: _Optional[str] = ..., sName: _Optional[str] = ...) -> None: ...

class participant(_message.Message):
    __slots__ = ("stParticipantDetails", "ullPin")
    STPARTICIPANTDETAILS_FIELD_NUMBER: _ClassVar[int]
    ULLPIN_FIELD_NUMBER: _ClassVar[int]
    stParticipantDetails: participantDetails
    ullPin: int
    def __init__(self, stParticipantDetails: _Optional[_Union[participantDetails, _Mapping]] = ..., ullPin: _Optional[int] = ...) -> None: ...

class conferenceConfig(_message.Message):
    __slots__ = ("ePrivacyType", "bIsChatAllowed", "bSendNotifications")
    EPRIVACYTYPE_FIELD_NUMBER: _ClassVar[int]
    BISCHATALLOWED_FIELD_NUMBER: _ClassVar[int]
    BSENDNOTIFICATIONS_FIELD_NUMBER: _ClassVar[int]
    ePrivacyType: int
    bIsChatAllowed: bool
    bSendNotifications: bool
    def __init__(self, ePrivacyType: _Optional[int] = ..., bIsChatAllowed: bool = ..., bSendNotifications: bool = ...) -> None: ...

class participantCreds(_message.Message):
    __slots__ = ("sImlId", "sImlPassword", "ullBridgePin")
    SIMLID_FIELD_NUMBER: _ClassVar[int]
    SIMLPASSWORD_FIELD_NUMBER: _ClassVar[int]
    ULLBRIDGEPIN_FIELD_NUMBER: _ClassVar[int]
    sImlId: str
    sImlPassword: str
    ullBridgePin: int
    def __init__(self, sImlId: _Optional[str] = ..., sImlPassword: _Optional[str] = ..., ullBridgePin: _Optional[int] = ...) -> None: ...

class conferenceAlert(_message.Message):
    __slots__ = ("sImlId", "sName", "eConferenceType", "sMessage", "bIsMuted")
    SIMLID_FIELD_NUMBER: _ClassVar[int]
    SNAME_FIELD_NUMBER: _ClassVar[int]
    ECONFERENCETYPE_FIELD_NUMBER: _ClassVar[int]
    SMESSAGE_FIELD_NUMBER: _ClassVar[int]
    BISMUTED_FIELD_NUMBER: _ClassVar[int]
    sImlId: str
    sName: str
    eConferenceType: int
    sMessage: str
    bIsMuted: bool
    def __init__(self, sImlId: _Optional[str] = ..., sName: _Optional[str] = ..., eConferenceType: _Optional[int] = ..., sMessage: _Optional[str] = ..., bIsMuted: bool = ...) -> None: ...

class participantState(_message.Message):
    __slots__ = ("eParticipantJoinType", "sImlId")
    EPARTICIPANTJOINTYPE_FIELD_NUMBER: _ClassVar[int]
    SIMLID_FIELD_NUMBER: _ClassVar[int]
    eParticipantJoinType: int
    sImlId: str
    def __init__(self, eParticipantJoinType: _Optional[int] = ..., sImlId: _Optional[str] = ...) -> None: ...

class createConferenceReq(_message.Message):
    __slots__ = ("stHdrs", "sTitle", "ullStartTime", "sAgenda", "sLocation", "ullEndTime", "stConfig", "stParticipants", "eConferenceType")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    STITLE_FIELD_NUMBER: _ClassVar[int]
    ULLSTARTTIME_FIELD_NUMBER: _ClassVar[int]
    SAGENDA_FIELD_NUMBER: _ClassVar[int]
    SLOCATION_FIELD_NUMBER: _ClassVar[int]
    ULLENDTIME_FIELD_NUMBER: _ClassVar[int]
    STCONFIG_FIELD_NUMBER: _ClassVar[int]
    STPARTICIPANTS_FIELD_NUMBER: _ClassVar[int]
    ECONFERENCETYPE_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sTitle: str
    ullStartTime: int
    sAgenda: str
    sLocation: str
    ullEndTime: int
    stConfig: conferenceConfig
    stParticipants: _containers.RepeatedCompositeFieldContainer[participant]
    eConferenceType: int
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sTitle: _Optional[str] = ..., ullStartTime: _Optional[int] = ..., sAgenda: _Optional[str] = ..., sLocation: _Optional[str] = ..., ullEndTime: _Optional[int] = ..., stConfig: _Optional[_Union[conferenceConfig, _Mapping]] = ..., stParticipants: _Optional[_Iterable[_Union[participant, _Mapping]]] = ..., eConferenceType: _Optional[int] = ...) -> None: ...

class createConferenceAckReq(_message.Message):
    __slots__ = ("stHdrs", "sConferenceId", "stParticipantCreds", "ullCommonBridgePin", "sStatusReason", "eStatusCode")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SCONFERENCEID_FIELD_NUMBER: _ClassVar[int]
    STPARTICIPANTCREDS_FIELD_NUMBER: _ClassVar[int]
    ULLCOMMONBRIDGEPIN_FIELD_NUMBER: _ClassVar[int]
    SSTATUSREASON_FIELD_NUMBER: _ClassVar[int]
    ESTATUSCODE_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sConferenceId: str
    stParticipantCreds: _containers.RepeatedCompositeFieldContainer[participantCreds]
    ullCommonBridgePin: int
    sStatusReason: str
    eStatusCode: int
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sConferenceId: _Optional[str] = ..., stParticipantCreds: _Optional[_Iterable[_Union[participantCreds, _Mapping]]] = ..., ullCommonBridgePin: _Optional[int] = ..., sStatusReason: _Optional[str] = ..., eStatusCode: _Optional[int] = ...) -> None: ...

class destroyConferenceReq(_message.Message):
    __slots__ = ("stHdrs", "sConferenceId", "sMessage")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SCONFERENCEID_FIELD_NUMBER: _ClassVar[int]
    SMESSAGE_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sConferenceId: str
    sMessage: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sConferenceId: _Optional[str] = ..., sMessage: _Optional[str] = ...) -> None: ...

class addParticipantsReq(_message.Message):
    __slots__ = ("stHdrs", "sConferenceId", "stAddParticipants")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SCONFERENCEID_FIELD_NUMBER: _ClassVar[int]
    STADDPARTICIPANTS_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sConferenceId: str
    stAddParticipants: _containers.RepeatedCompositeFieldContainer[participant]
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sConferenceId: _Optional[str] = ..., stAddParticipants: _Optional[_Iterable[_Union[participant, _Mapping]]] = ...) -> None: ...

class removeParticipantsReq(_message.Message):
    __slots__ = ("stHdrs", "sConferenceId", "sImlIds")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SCONFERENCEID_FIELD_NUMBER: _ClassVar[int]
    SIMLIDS_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sConferenceId: str
    sImlIds: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sConferenceId: _Optional[str] = ..., sImlIds: _Optional[_Iterable[str]] = ...) -> None: ...

class conferenceAlertReq(_message.Message):
    __slots__ = ("stHdrs", "eAlertType", "sConferenceId", "ullCommonBridgePin", "stConferenceAlert")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    EALERTTYPE_FIELD_NUMBER: _ClassVar[int]
    SCONFERENCEID_FIELD_NUMBER: _ClassVar[int]
    ULLCOMMONBRIDGEPIN_FIELD_NUMBER: _ClassVar[int]
    STCONFERENCEALERT_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    eAlertType: int
    sConferenceId: str
    ullCommonBridgePin: int
    stConferenceAlert: conferenceAlert
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., eAlertType: _Optional[int] = ..., sConferenceId: _Optional[str] = ..., ullCommonBridgePin: _Optional[int] = ..., stConferenceAlert: _Optional[_Union[conferenceAlert, _Mapping]] = ...) -> None: ...

class joinConferencePublisherReq(_message.Message):
    __slots__ = ("stHdrs", "sConferenceId", "eConferenceType", "sSdp", "ullPin")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SCONFERENCEID_FIELD_NUMBER: _ClassVar[int]
    ECONFERENCETYPE_FIELD_NUMBER: _ClassVar[int]
    SSDP_FIELD_NUMBER: _ClassVar[int]
    ULLPIN_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sConferenceId: str
    eConferenceType: int
    sSdp: str
    ullPin: int
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sConferenceId: _Optional[str] = ..., eConferenceType: _Optional[int] = ..., sSdp: _Optional[str] = ..., ullPin: _Optional[int] = ...) -> None: ...

class joinConferencePublisherAckReq(_message.Message):
    __slots__ = ("stHdrs", "sConferenceId", "sSdp", "sStatusReason", "eStatusCode")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SCONFERENCEID_FIELD_NUMBER: _ClassVar[int]
    SSDP_FIELD_NUMBER: _ClassVar[int]
    SSTATUSREASON_FIELD_NUMBER: _ClassVar[int]
    ESTATUSCODE_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sConferenceId: str
    sSdp: str
    sStatusReason: str
    eStatusCode: int
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sConferenceId: _Optional[str] = ..., sSdp: _Optional[str] = ..., sStatusReason: _Optional[str] = ..., eStatusCode: _Optional[int] = ...) -> None: ...

class iceConferenceReq(_message.Message):
    __slots__ = ("stHdrs", "sConferenceId", "sIceCandidates", "sJsonIceCandidates", "sImlId")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SCONFERENCEID_FIELD_NUMBER: _ClassVar[int]
    SICECANDIDATES_FIELD_NUMBER: _ClassVar[int]
    SJSONICECANDIDATES_FIELD_NUMBER: _ClassVar[int]
    SIMLID_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sConferenceId: str
    sIceCandidates: _containers.RepeatedScalarFieldContainer[str]
    sJsonIceCandidates: _containers.RepeatedScalarFieldContainer[str]
    sImlId: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sConferenceId: _Optional[str] = ..., sIceCandidates: _Optional[_Iterable[str]] = ..., sJsonIceCandidates: _Optional[_Iterable[str]] = ..., sImlId: _Optional[str] = ...) -> None: ...

class subscribeToParticipantReq(_message.Message):
    __slots__ = ("stHdrs", "sConferenceId", "sImlId")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SCONFERENCEID_FIELD_NUMBER: _ClassVar[int]
    SIMLID_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sConferenceId: str
    sImlId: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sConferenceId: _Optional[str] = ..., sImlId: _Optional[str] = ...) -> None: ...

class subscribeToParticipantAckReq(_message.Message):
    __slots__ = ("stHdrs", "sConferenceId", "sImlId", "sSdp", "sStatusReason", "eStatusCode")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SCONFERENCEID_FIELD_NUMBER: _ClassVar[int]
    SIMLID_FIELD_NUMBER: _ClassVar[int]
    SSDP_FIELD_NUMBER: _ClassVar[int]
    SSTATUSREASON_FIELD_NUMBER: _ClassVar[int]
    ESTATUSCODE_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sConferenceId: str
    sImlId: str
    sSdp: str
    sStatusReason: str
    eStatusCode: int
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sConferenceId: _Optional[str] = ..., sImlId: _Optional[str] = ..., sSdp: _Optional[str] = ..., sStatusReason: _Optional[str] = ..., eStatusCode: _Optional[int] = ...) -> None: ...

class subscribeToParticipantViewingReq(_message.Message):
    __slots__ = ("stHdrs", "sConferenceId", "sImlId", "sSdp")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SCONFERENCEID_FIELD_NUMBER: _ClassVar[int]
    SIMLID_FIELD_NUMBER: _ClassVar[int]
    SSDP_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sConferenceId: str
    sImlId: str
    sSdp: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sConferenceId: _Optional[str] = ..., sImlId: _Optional[str] = ..., sSdp: _Optional[str] = ...) -> None: ...

class subscribeToParticipantViewingAckReq(_message.Message):
    __slots__ = ("stHdrs", "sConferenceId", "sImlId", "sStatusReason", "eStatusCode")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SCONFERENCEID_FIELD_NUMBER: _ClassVar[int]
    SIMLID_FIELD_NUMBER: _ClassVar[int]
    SSTATUSREASON_FIELD_NUMBER: _ClassVar[int]
    ESTATUSCODE_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sConferenceId: str
    sImlId: str
    sStatusReason: str
    eStatusCode: int
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sConferenceId: _Optional[str] = ..., sImlId: _Optional[str] = ..., sStatusReason: _Optional[str] = ..., eStatusCode: _Optional[int] = ...) -> None: ...

class conferenceMuteUnmuteReq(_message.Message):
    __slots__ = ("stHdrs", "sConferenceId", "sImlId", "sOption", "eMuteParticipantType")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SCONFERENCEID_FIELD_NUMBER: _ClassVar[int]
    SIMLID_FIELD_NUMBER: _ClassVar[int]
    SOPTION_FIELD_NUMBER: _ClassVar[int]
    EMUTEPARTICIPANTTYPE_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sConferenceId: str
    sImlId: str
    sOption: bool
    eMuteParticipantType: int
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sConferenceId: _Optional[str] = ..., sImlId: _Optional[str] = ..., sOption: bool = ..., eMuteParticipantType: _Optional[int] = ...) -> None: ...

class leaveConferenceReq(_message.Message):
    __slots__ = ("stHdrs", "sConferenceId")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SCONFERENCEID_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sConferenceId: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sConferenceId: _Optional[str] = ...) -> None: ...

class conferencePublishersReq(_message.Message):
    __slots__ = ("stHdrs", "sConferenceId")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SCONFERENCEID_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sConferenceId: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sConferenceId: _Optional[str] = ...) -> None: ...

class conferenceParticipantsReq(_message.Message):
    __slots__ = ("stHdrs", "sConferenceId")
    STHDRS_FIELD_NUMBER: _ClassVar[int]
    SCONFERENCEID_FIELD_NUMBER: _ClassVar[int]
    stHdrs: commHdrs
    sConferenceId: str
    def __init__(self, stHdrs: _Optional[_Union[commHdrs, _Mapping]] = ..., sConferenceId: _Optional[str] = ...) -> None: ...

class createConferenceRes(_message.Message):
    __slots__ = ("ullTransId", "sReasonPhrase", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SREASONPHRASE_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sReasonPhrase: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sReasonPhrase: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class createConferenceAckRes(_message.Message):
    __slots__ = ("ullTransId", "sReasonPhrase", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SREASONPHRASE_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sReasonPhrase: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sReasonPhrase: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class destroyConferenceRes(_message.Message):
    __slots__ = ("ullTransId", "sReasonPhrase", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SREASONPHRASE_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sReasonPhrase: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sReasonPhrase: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class addParticipantsRes(_message.Message):
    __slots__ = ("ullTransId", "sReasonPhrase", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SREASONPHRASE_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sReasonPhrase: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sReasonPhrase: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class removeParticipantsRes(_message.Message):
    __slots__ = ("ullTransId", "sReasonPhrase", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SREASONPHRASE_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sReasonPhrase: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sReasonPhrase: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class conferenceAlertRes(_message.Message):
    __slots__ = ("ullTransId", "sReasonPhrase", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SREASONPHRASE_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sReasonPhrase: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sReasonPhrase: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class joinConferencePublisherRes(_message.Message):
    __slots__ = ("ullTransId", "sReasonPhrase", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SREASONPHRASE_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sReasonPhrase: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sReasonPhrase: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class joinConferencePublisherAckRes(_message.Message):
    __slots__ = ("ullTransId", "sReasonPhrase", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SREASONPHRASE_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sReasonPhrase: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sReasonPhrase: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class iceConferenceRes(_message.Message):
    __slots__ = ("ullTransId", "sReasonPhrase", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SREASONPHRASE_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sReasonPhrase: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sReasonPhrase: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class subscribeToParticipantRes(_message.Message):
    __slots__ = ("ullTransId", "sReasonPhrase", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SREASONPHRASE_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sReasonPhrase: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sReasonPhrase: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class subscribeToParticipantAckRes(_message.Message):
    __slots__ = ("ullTransId", "sReasonPhrase", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SREASONPHRASE_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sReasonPhrase: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sReasonPhrase: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class conferenceMuteUnmuteRes(_message.Message):
    __slots__ = ("ullTransId", "sReasonPhrase", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SREASONPHRASE_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sReasonPhrase: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sReasonPhrase: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class leaveConferenceRes(_message.Message):
    __slots__ = ("ullTransId", "sReasonPhrase", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SREASONPHRASE_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sReasonPhrase: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sReasonPhrase: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class subscribeToParticipantViewingRes(_message.Message):
    __slots__ = ("ullTransId", "sReasonPhrase", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SREASONPHRASE_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sReasonPhrase: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sReasonPhrase: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class subscribeToParticipantViewingAckRes(_message.Message):
    __slots__ = ("ullTransId", "sReasonPhrase", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SREASONPHRASE_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sReasonPhrase: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sReasonPhrase: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class conferencePublishersRes(_message.Message):
    __slots__ = ("ullTransId", "sPublishers", "sReasonPhrase", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    SPUBLISHERS_FIELD_NUMBER: _ClassVar[int]
    SREASONPHRASE_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    sPublishers: _containers.RepeatedScalarFieldContainer[str]
    sReasonPhrase: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., sPublishers: _Optional[_Iterable[str]] = ..., sReasonPhrase: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class conferenceParticipantsRes(_message.Message):
    __slots__ = ("ullTransId", "stDetails", "sReasonPhrase", "eReturnCode")
    ULLTRANSID_FIELD_NUMBER: _ClassVar[int]
    STDETAILS_FIELD_NUMBER: _ClassVar[int]
    SREASONPHRASE_FIELD_NUMBER: _ClassVar[int]
    ERETURNCODE_FIELD_NUMBER: _ClassVar[int]
    ullTransId: int
    stDetails: _containers.RepeatedCompositeFieldContainer[participantState]
    sReasonPhrase: str
    eReturnCode: int
    def __init__(self, ullTransId: _Optional[int] = ..., stDetails: _Optional[_Iterable[_Union[participantState, _Mapping]]] = ..., sReasonPhrase: _Optional[str] = ..., eReturnCode: _Optional[int] = ...) -> None: ...

class msg(_message.Message):
    __slots__ = ("uVersion", "stSignUpReq", "stSignUpRes", "stUserJoinedReq", "stUserJoinedRes", "stLoginReq", "stLoginRes", "stCallStartReq", "stCallStartRes", "stCallEndReq", "stCallEndRes", "stAddNumReq", "stAddNumRes", "stIsAppContactReq", "stIsAppContactRes", "stGetContactsReq", "stGetContactsRes", "stDeleteNumReq", "stDeleteNumRes", "stGetPresenceReq", "stGetPresenceRes", "stSetProfileReq", "stSetProfileRes", "stGetProfileReq", "stGetProfileRes", "stUserProfileChangedReq", "stUserProfileChangedRes", "stUserPendingNotificationsReq", "stUserPendingNotificationsRes", "stSendIceCandidatesInCallReq", "stSendIceCandidatesInCallRes", "stCallAnswerReq", "stCallAnswerRes", "stCallSessionInProgressSdpReq", "stCallSessionInProgressSdpRes", "stDirectAudioVideoCallStartReq", "stDirectAudioVideoCallStartRes", "stDirectAudioVideoCallAnswerReq", "stDirectAudioVideoCallAnswerRes", "stDirectAudioVideoCallEndReq", "stDirectAudioVideoCallEndRes", "stSendIceCandidatesInDirectAVCallReq", "stSendIceCandidatesInDirectAVCallRes", "stCallEndedReq", "stCallEndedRes", "stSendDtmfToneInCallReq", "stSendDtmfToneInCallRes", "stIncomingCallStartReq", "stIncomingCallStartRes", "stSendIceCandidatesInIncomingCallReq", "stSendIceCandidatesInIncomingCallRes", "stIncomingCallAnswerReq", "stIncomingCallAnswerRes", "stIncomingCallEndReq", "stIncomingCallEndRes", "stIncomingCallEndedReq", "stIncomingCallEndedRes", "stLogoutReq", "stLogoutRes", "stUserPresenceChangedReq", "stUserPresenceChangedRes", "stDirectAudioVideoCall180RingingReq", "stDirectAudioVideoCall180RingingRes", "stGetCallHistoryListReq", "stGetCallHistoryListRes", "stLoginElseWhereNotificationReq", "stLoginElseWhereNotificationRes", "stCallInfoSyncReq", "stCallInfoSyncRes", "stIsAppInFocusReq", "stIsAppInFocusRes", "stGetStunTurnReq", "stGetStunTurnRes", "stDirectAVCallHoldUnHoldReq", "stDirectAVCallHoldUnHoldRes", "stDirectAVCallMediaOnOffReq", "stDirectAVCallMediaOnOffRes", "stDirectAVCallMediaOnOffAckReq", "stDirectAVCallMediaOnOffAckRes")
    UVERSION_FIELD_NUMBER: _ClassVar[int]
    STSIGNUPREQ_FIELD_NUMBER: _ClassVar[int]
    STSIGNUPRES_FIELD_NUMBER: _ClassVar[int]
    STUSERJOINEDREQ_FIELD_NUMBER: _ClassVar[int]
    STUSERJOINEDRES_FIELD_NUMBER: _ClassVar[int]
    STLOGINREQ_FIELD_NUMBER: _ClassVar[int]
    STLOGINRES_FIELD_NUMBER: _ClassVar[int]
    STCALLSTARTREQ_FIELD_NUMBER: _ClassVar[int]
    STCALLSTARTRES_FIELD_NUMBER: _ClassVar[int]
    STCALLENDREQ_FIELD_NUMBER: _ClassVar[int]
    STCALLENDRES_FIELD_NUMBER: _ClassVar[int]
    STADDNUMREQ_FIELD_NUMBER: _ClassVar[int]
    STADDNUMRES_FIELD_NUMBER: _ClassVar[int]
    STISAPPCONTACTREQ_FIELD_NUMBER: _ClassVar[int]
    STISAPPCONTACTRES_FIELD_NUMBER: _ClassVar[int]
    STGETCONTACTSREQ_FIELD_NUMBER: _ClassVar[int]
    STGETCONTACTSRES_FIELD_NUMBER: _ClassVar[int]
    STDELETENUMREQ_FIELD_NUMBER: _ClassVar[int]
    STDELETENUMRES_FIELD_NUMBER: _ClassVar[int]
    STGETPRESENCEREQ_FIELD_NUMBER: _ClassVar[int]
    STGETPRESENCERES_FIELD_NUMBER: _ClassVar[int]
    STSETPROFILEREQ_FIELD_NUMBER: _ClassVar[int]
    STSETPROFILERES_FIELD_NUMBER: _ClassVar[int]
    STGETPROFILEREQ_FIELD_NUMBER: _ClassVar[int]
    STGETPROFILERES_FIELD_NUMBER: _ClassVar[int]
    STUSERPROFILECHANGEDREQ_FIELD_NUMBER: _ClassVar[int]
    STUSERPROFILECHANGEDRES_FIELD_NUMBER: _ClassVar[int]
    STUSERPENDINGNOTIFICATIONSREQ_FIELD_NUMBER: _ClassVar[int]
    STUSERPENDINGNOTIFICATIONSRES_FIELD_NUMBER: _ClassVar[int]
    STSENDICECANDIDATESINCALLREQ_FIELD_NUMBER: _ClassVar[int]
    STSENDICECANDIDATESINCALLRES_FIELD_NUMBER: _ClassVar[int]
    STCALLANSWERREQ_FIELD_NUMBER: _ClassVar[int]
    STCALLANSWERRES_FIELD_NUMBER: _ClassVar[int]
    STCALLSESSIONINPROGRESSSDPREQ_FIELD_NUMBER: _ClassVar[int]
    STCALLSESSIONINPROGRESSSDPRES_FIELD_NUMBER: _ClassVar[int]
    STDIRECTAUDIOVIDEOCALLSTARTREQ_FIELD_NUMBER: _ClassVar[int]
    STDIRECTAUDIOVIDEOCALLSTARTRES_FIELD_NUMBER: _ClassVar[int]
    STDIRECTAUDIOVIDEOCALLANSWERREQ_FIELD_NUMBER: _ClassVar[int]
    STDIRECTAUDIOVIDEOCALLANSWERRES_FIELD_NUMBER: _ClassVar[int]
    STDIRECTAUDIOVIDEOCALLENDREQ_FIELD_NUMBER: _ClassVar[int]
    STDIRECTAUDIOVIDEOCALLENDRES_FIELD_NUMBER: _ClassVar[int]
    STSENDICECANDIDATESINDIRECTAVCALLREQ_FIELD_NUMBER: _ClassVar[int]
    STSENDICECANDIDATESINDIRECTAVCALLRES_FIELD_NUMBER: _ClassVar[int]
    STCALLENDEDREQ_FIELD_NUMBER: _ClassVar[int]
    STCALLENDEDRES_FIELD_NUMBER: _ClassVar[int]
    STSENDDTMFTONEINCALLREQ_FIELD_NUMBER: _ClassVar[int]
    STSENDDTMFTONEINCALLRES_FIELD_NUMBER: _ClassVar[int]
    STINCOMINGCALLSTARTREQ_FIELD_NUMBER: _ClassVar[int]
    STINCOMINGCALLSTARTRES_FIELD_NUMBER: _ClassVar[int]
    STSENDICECANDIDATESININCOMINGCALLREQ_FIELD_NUMBER: _ClassVar[int]
    STSENDICECANDIDATESININCOMINGCALLRES_FIELD_NUMBER: _ClassVar[int]
    STINCOMINGCALLANSWERREQ_FIELD_NUMBER: _ClassVar[int]
    STINCOMINGCALLANSWERRES_FIELD_NUMBER: _ClassVar[int]
    STINCOMINGCALLENDREQ_FIELD_NUMBER: _ClassVar[int]
    STINCOMINGCALLENDRES_FIELD_NUMBER: _ClassVar[int]
    STINCOMINGCALLENDEDREQ_FIELD_NUMBER: _ClassVar[int]
    STINCOMINGCALLENDEDRES_FIELD_NUMBER: _ClassVar[int]
    STLOGOUTREQ_FIELD_NUMBER: _ClassVar[int]
    STLOGOUTRES_FIELD_NUMBER: _ClassVar[int]
    STUSERPRESENCECHANGEDREQ_FIELD_NUMBER: _ClassVar[int]
    STUSERPRESENCECHANGEDRES_FIELD_NUMBER: _ClassVar[int]
    STDIRECTAUDIOVIDEOCALL180RINGINGREQ_FIELD_NUMBER: _ClassVar[int]
    STDIRECTAUDIOVIDEOCALL180RINGINGRES_FIELD_NUMBER: _ClassVar[int]
    STGETCALLHISTORYLISTREQ_FIELD_NUMBER: _ClassVar[int]
    STGETCALLHISTORYLISTRES_FIELD_NUMBER: _ClassVar[int]
    STLOGINELSEWHERENOTIFICATIONREQ_FIELD_NUMBER: _ClassVar[int]
    STLOGINELSEWHERENOTIFICATIONRES_FIELD_NUMBER: _ClassVar[int]
    STCALLINFOSYNCREQ_FIELD_NUMBER: _ClassVar[int]
    STCALLINFOSYNCRES_FIELD_NUMBER: _ClassVar[int]
    STISAPPINFOCUSREQ_FIELD_NUMBER: _ClassVar[int]
    STISAPPINFOCUSRES_FIELD_NUMBER: _ClassVar[int]
    STGETSTUNTURNREQ_FIELD_NUMBER: _ClassVar[int]
    STGETSTUNTURNRES_FIELD_NUMBER: _ClassVar[int]
    STDIRECTAVCALLHOLDUNHOLDREQ_FIELD_NUMBER: _ClassVar[int]
    STDIRECTAVCALLHOLDUNHOLDRES_FIELD_NUMBER: _ClassVar[int]
    STDIRECTAVCALLMEDIAONOFFREQ_FIELD_NUMBER: _ClassVar[int]
    STDIRECTAVCALLMEDIAONOFFRES_FIELD_NUMBER: _ClassVar[int]
    STDIRECTAVCALLMEDIAONOFFACKREQ_FIELD_NUMBER: _ClassVar[int]
    STDIRECTAVCALLMEDIAONOFFACKRES_FIELD_NUMBER: _ClassVar[int]
    uVersion: int
    stSignUpReq: signUpReq
    stSignUpRes: signUpRes
    stUserJoinedReq: userJoinedReq
    stUserJoinedRes: userJoinedRes
    stLoginReq: loginReq
    stLoginRes: loginRes
    stCallStartReq: callStartReq
    stCallStartRes: callStartRes
    stCallEndReq: callEndReq
    stCallEndRes: callEndRes
    stAddNumReq: addNumReq
    stAddNumRes: addNumRes
    stIsAppContactReq: isAppContactReq
    stIsAppContactRes: isAppContactRes
    stGetContactsReq: getContactsReq
    stGetContactsRes: getContactsRes
    stDeleteNumReq: deleteNumReq
    stDeleteNumRes: deleteNumRes
    stGetPresenceReq: getPresenceReq
    stGetPresenceRes: getPresenceRes
    stSetProfileReq: setProfileReq
    stSetProfileRes: setProfileRes
    stGetProfileReq: getProfileReq
    stGetProfileRes: getProfileRes
    stUserProfileChangedReq: userProfileChangedReq
    stUserProfileChangedRes: userProfileChangedRes
    stUserPendingNotificationsReq: userPendingNotificationsReq
    stUserPendingNotificationsRes: userPendingNotificationsRes
    stSendIceCandidatesInCallReq: sendIceCandidatesInCallReq
    stSendIceCandidatesInCallRes: sendIceCandidatesInCallRes
    stCallAnswerReq: callAnswerReq
    stCallAnswerRes: callAnswerRes
    stCallSessionInProgressSdpReq: callSessionInProgressSdpReq
    stCallSessionInProgressSdpRes: callSessionInProgressSdpRes
    stDirectAudioVideoCallStartReq: directAudioVideoCallStartReq
    stDirectAudioVideoCallStartRes: directAudioVideoCallStartRes
    stDirectAudioVideoCallAnswerReq: directAudioVideoCallAnswerReq
    stDirectAudioVideoCallAnswerRes: directAudioVideoCallAnswerRes
    stDirectAudioVideoCallEndReq: directAudioVideoCallEndReq
    stDirectAudioVideoCallEndRes: directAudioVideoCallEndRes
    stSendIceCandidatesInDirectAVCallReq: sendIceCandidatesInDirectAVCallReq
    stSendIceCandidatesInDirectAVCallRes: sendIceCandidatesInDirectAVCallRes
    stCallEndedReq: callEndedReq
    stCallEndedRes: callEndedRes
    stSendDtmfToneInCallReq: sendDtmfToneInCallReq
    stSendDtmfToneInCallRes: sendDtmfToneInCallRes
    stIncomingCallStartReq: incomingCallStartReq
    stIncomingCallStartRes: incomingCallStartRes
    stSendIceCandidatesInIncomingCallReq: sendIceCandidatesInIncomingCallReq
    stSendIceCandidatesInIncomingCallRes: sendIceCandidatesInIncomingCallRes
    stIncomingCallAnswerReq: incomingCallAnswerReq
    stIncomingCallAnswerRes: incomingCallAnswerRes
    stIncomingCallEndReq: incomingCallEndReq
    stIncomingCallEndRes: incomingCallEndRes
    stIncomingCallEndedReq: incomingCallEndedReq
    stIncomingCallEndedRes: incomingCallEndedRes
    stLogoutReq: logoutReq
    stLogoutRes: logoutRes
    stUserPresenceChangedReq: userPresenceChangedReq
    stUserPresenceChangedRes: userPresenceChangedRes
    stDirectAudioVideoCall180RingingReq: directAudioVideoCall180RingingReq
    stDirectAudioVideoCall180RingingRes: directAudioVideoCall180RingingRes
    stGetCallHistoryListReq: getCallHistoryListReq
    stGetCallHistoryListRes: getCallHistoryListRes
    stLoginElseWhereNotificationReq: loginElseWhereNotificationReq
    stLoginElseWhereNotificationRes: loginElseWhereNotificationRes
    stCallInfoSyncReq: callInfoSyncReq
    stCallInfoSyncRes: callInfoSyncRes
    stIsAppInFocusReq: isAppInFocusReq
    stIsAppInFocusRes: isAppInFocusRes
    stGetStunTurnReq: getStunTurnReq
    stGetStunTurnRes: getStunTurnRes
    stDirectAVCallHoldUnHoldReq: directAVCallHoldUnHoldReq
    stDirectAVCallHoldUnHoldRes: directAVCallHoldUnHoldRes
    stDirectAVCallMediaOnOffReq: directAVCallMediaOnOffReq
    stDirectAVCallMediaOnOffRes: directAVCallMediaOnOffRes
    stDirectAVCallMediaOnOffAckReq: directAVCallMediaOnOffAckReq
    stDirectAVCallMediaOnOffAckRes: directAVCallMediaOnOffAckRes
    def __init__(self, uVersion: _Optional[int] = ..., stSignUpReq: _Optional[_Union[signUpReq, _Mapping]] = ..., stSignUpRes: _Optional[_Union[signUpRes, _Mapping]] = ..., stUserJoinedReq: _Optional[_Union[userJoinedReq, _Mapping]] = ..., stUserJoinedRes: _Optional[_Union[userJoinedRes, _Mapping]] = ..., stLoginReq: _Optional[_Union[loginReq, _Mapping]] = ..., stLoginRes: _Optional[_Union[loginRes, _Mapping]] = ..., stCallStartReq: _Optional[_Union[callStartReq, _Mapping]] = ..., stCallStartRes: _Optional[_Union[callStartRes, _Mapping]] = ..., stCallEndReq: _Optional[_Union[callEndReq, _Mapping]] = ..., stCallEndRes: _Optional[_Union[callEndRes, _Mapping]] = ..., stAddNumReq: _Optional[_Union[addNumReq, _Mapping]] = ..., stAddNumRes: _Optional[_Union[addNumRes, _Mapping]] = ..., stIsAppContactReq: _Optional[_Union[isAppContactReq, _Mapping]] = ..., stIsAppContactRes: _Optional[_Union[isAppContactRes, _Mapping]] = ..., stGetContactsReq: _Optional[_Union[getContactsReq, _Mapping]] = ..., stGetContactsRes: _Optional[_Union[getContactsRes, _Mapping]] = ..., stDeleteNumReq: _Optional[_Union[deleteNumReq, _Mapping]] = ..., stDeleteNumRes: _Optional[_Union[deleteNumRes, _Mapping]] = ..., stGetPresenceReq: _Optional[_Union[getPresenceReq, _Mapping]] = ..., stGetPresenceRes: _Optional[_Union[getPresenceRes, _Mapping]] = ..., stSetProfileReq: _Optional[_Union[setProfileReq, _Mapping]] = ..., stSetProfileRes: _Optional[_Union[setProfileRes, _Mapping]] = ..., stGetProfileReq: _Optional[_Union[getProfileReq, _Mapping]] = ..., stGetProfileRes: _Optional[_Union[getProfileRes, _Mapping]] = ..., stUserProfileChangedReq: _Optional[_Union[userProfileChangedReq, _Mapping]] = ..., stUserProfileChangedRes: _Optional[_Union[userProfileChangedRes, _Mapping]] = ..., stUserPendingNotificationsReq: _Optional[_Union[userPendingNotificationsReq, _Mapping]] = ..., stUserPendingNotificationsRes: _Optional[_Union[userPendingNotificationsRes, _Mapping]] = ..., stSendIceCandidatesInCallReq: _Optional[_Union[sendIceCandidatesInCallReq, _Mapping]] = ..., stSendIceCandidatesInCallRes: _Optional[_Union[sendIceCandidatesInCallRes, _Mapping]] = ..., stCallAnswerReq: _Optional[_Union[callAnswerReq, _Mapping]] = ..., stCallAnswerRes: _Optional[_Union[callAnswerRes, _Mapping]] = ..., stCallSessionInProgressSdpReq: _Optional[_Union[callSessionInProgressSdpReq, _Mapping]] = ..., stCallSessionInProgressSdpRes: _Optional[_Union[callSessionInProgressSdpRes, _Mapping]] = ..., stDirectAudioVideoCallStartReq: _Optional[_Union[directAudioVideoCallStartReq, _Mapping]] = ..., stDirectAudioVideoCallStartRes: _Optional[_Union[directAudioVideoCallStartRes, _Mapping]] = ..., stDirectAudioVideoCallAnswerReq: _Optional[_Union[directAudioVideoCallAnswerReq, _Mapping]] = ..., stDirectAudioVideoCallAnswerRes: _Optional[_Union[directAudioVideoCallAnswerRes, _Mapping]] = ..., stDirectAudioVideoCallEndReq: _Optional[_Union[directAudioVideoCallEndReq, _Mapping]] = ..., stDirectAudioVideoCallEndRes: _Optional[_Union[directAudioVideoCallEndRes, _Mapping]] = ..., stSendIceCandidatesInDirectAVCallReq: _Optional[_Union[sendIceCandidatesInDirectAVCallReq, _Mapping]] = ..., stSendIceCandidatesInDirectAVCallRes: _Optional[_Union[sendIceCandidatesInDirectAVCallRes, _Mapping]] = ..., stCallEndedReq: _Optional[_Union[callEndedReq, _Mapping]] = ..., stCallEndedRes: _Optional[_Union[callEndedRes, _Mapping]] = ..., stSendDtmfToneInCallReq: _Optional[_Union[sendDtmfToneInCallReq, _Mapping]] = ..., stSendDtmfToneInCallRes: _Optional[_Union[sendDtmfToneInCallRes, _Mapping]] = ..., stIncomingCallStartReq: _Optional[_Union[incomingCallStartReq, _Mapping]] = ..., stIncomingCallStartRes: _Optional[_Union[incomingCallStartRes, _Mapping]] = ..., stSendIceCandidatesInIncomingCallReq: _Optional[_Union[sendIceCandidatesInIncomingCallReq, _Mapping]] = ..., stSendIceCandidatesInIncomingCallRes: _Optional[_Union[sendIceCandidatesInIncomingCallRes, _Mapping]] = ..., stIncomingCallAnswerReq: _Optional[_Union[incomingCallAnswerReq, _Mapping]] = ..., stIncomingCallAnswerRes: _Optional[_Union[incomingCallAnswerRes, _Mapping]] = ..., stIncomingCallEndReq: _Optional[_Union[incomingCallEndReq, _Mapping]] = ..., stIncomingCallEndRes: _Optional[_Union[incomingCallEndRes, _Mapping]] = ..., stIncomingCallEndedReq: _Optional[_Union[incomingCallEndedReq, _Mapping]] = ..., stIncomingCallEndedRes: _Optional[_Union[incomingCallEndedRes, _Mapping]] = ..., stLogoutReq: _Optional[_Union[logoutReq, _Mapping]] = ..., stLogoutRes: _Optional[_Union[logoutRes, _Mapping]] = ..., stUserPresenceChangedReq: _Optional[_Union[userPresenceChangedReq, _Mapping]] = ..., stUserPresenceChangedRes: _Optional[_Union[userPresenceChangedRes, _Mapping]] = ..., stDirectAudioVideoCall180RingingReq: _Optional[_Union[directAudioVideoCall180RingingReq, _Mapping]] = ..., stDirectAudioVideoCall180RingingRes: _Optional[_Union[directAudioVideoCall180RingingRes, _Mapping]] = ..., stGetCallHistoryListReq: _Optional[_Union[getCallHistoryListReq, _Mapping]] = ..., stGetCallHistoryListRes: _Optional[_Union[getCallHistoryListRes, _Mapping]] = ..., stLoginElseWhereNotificationReq: _Optional[_Union[loginElseWhereNotificationReq, _Mapping]] = ..., stLoginElseWhereNotificationRes: _Optional[_Union[loginElseWhereNotificationRes, _Mapping]] = ..., stCallInfoSyncReq: _Optional[_Union[callInfoSyncReq, _Mapping]] = ..., stCallInfoSyncRes: _Optional[_Union[callInfoSyncRes, _Mapping]] = ..., stIsAppInFocusReq: _Optional[_Union[isAppInFocusReq, _Mapping]] = ..., stIsAppInFocusRes: _Optional[_Union[isAppInFocusRes, _Mapping]] = ..., stGetStunTurnReq: _Optional[_Union[getStunTurnReq, _Mapping]] = ..., stGetStunTurnRes: _Optional[_Union[getStunTurnRes, _Mapping]] = ..., stDirectAVCallHoldUnHoldReq: _Optional[_Union[directAVCallHoldUnHoldReq, _Mapping]] = ..., stDirectAVCallHoldUnHoldRes: _Optional[_Union[directAVCallHoldUnHoldRes, _Mapping]] = ..., stDirectAVCallMediaOnOffReq: _Optional[_Union[directAVCallMediaOnOffReq, _Mapping]] = ..., stDirectAVCallMediaOnOffRes: _Optional[_Union[directAVCallMediaOnOffRes, _Mapping]] = ..., stDirectAVCallMediaOnOffAckReq: _Optional[_Union[directAVCallMediaOnOffAckReq, _Mapping]] = ..., stDirectAVCallMediaOnOffAckRes: _Optional[_Union[directAVCallMediaOnOffAckRes, _Mapping]] = ...) -> None: ...

class conferenceExtensionMsg(_message.Message):
    __slots__ = ("uVersion", "stCreateConferenceReq", "stCreateConferenceRes", "stDestroyConferenceReq", "stDestroyConferenceRes", "stAddParticipantsReq", "stAddParticipantsRes", "stRemoveParticipantsReq", "stRemoveParticipantsRes", "stConferenceAlertReq", "stConferenceAlertRes", "stJoinConferencePublisherReq", "stJoinConferencePublisherRes", "stJoinConferencePublisherAckReq", "stJoinConferencePublisherAckRes", "stIceConferenceReq", "stIceConferenceRes", "stSubscribeToParticipantReq", "stSubscribeToParticipantRes", "stSubscribeToParticipantAckReq", "stSubscribeToParticipantAckRes", "stConferenceMuteUnmuteReq", "stConferenceMuteUnmuteRes", "stLeaveConferenceReq", "stLeaveConferenceRes", "stCreateConferenceAckReq", "stCreateConferenceAckRes", "stSubscribeToParticipantViewingReq", "stSubscribeToParticipantViewingRes", "stSubscribeToParticipantViewingAckReq", "stSubscribeToParticipantViewingAckRes", "stConferencePublishersReq", "stConferencePublishersRes", "stConferenceParticipantsReq", "stConferenceParticipantsRes")
    UVERSION_FIELD_NUMBER: _ClassVar[int]
    STCREATECONFERENCEREQ_FIELD_NUMBER: _ClassVar[int]
    STCREATECONFERENCERES_FIELD_NUMBER: _ClassVar[int]
    STDESTROYCONFERENCEREQ_FIELD_NUMBER: _ClassVar[int]
    STDESTROYCONFERENCERES_FIELD_NUMBER: _ClassVar[int]
    STADDPARTICIPANTSREQ_FIELD_NUMBER: _ClassVar[int]
    STADDPARTICIPANTSRES_FIELD_NUMBER: _ClassVar[int]
    STREMOVEPARTICIPANTSREQ_FIELD_NUMBER: _ClassVar[int]
    STREMOVEPARTICIPANTSRES_FIELD_NUMBER: _ClassVar[int]
    STCONFERENCEALERTREQ_FIELD_NUMBER: _ClassVar[int]
    STCONFERENCEALERTRES_FIELD_NUMBER: _ClassVar[int]
    STJOINCONFERENCEPUBLISHERREQ_FIELD_NUMBER: _ClassVar[int]
    STJOINCONFERENCEPUBLISHERRES_FIELD_NUMBER: _ClassVar[int]
    STJOINCONFERENCEPUBLISHERACKREQ_FIELD_NUMBER: _ClassVar[int]
    STJOINCONFERENCEPUBLISHERACKRES_FIELD_NUMBER: _ClassVar[int]
    STICECONFERENCEREQ_FIELD_NUMBER: _ClassVar[int]
    STICECONFERENCERES_FIELD_NUMBER: _ClassVar[int]
    STSUBSCRIBETOPARTICIPANTREQ_FIELD_NUMBER: _ClassVar[int]
    STSUBSCRIBETOPARTICIPANTRES_FIELD_NUMBER: _ClassVar[int]
    STSUBSCRIBETOPARTICIPANTACKREQ_FIELD_NUMBER: _ClassVar[int]
    STSUBSCRIBETOPARTICIPANTACKRES_FIELD_NUMBER: _ClassVar[int]
    STCONFERENCEMUTEUNMUTEREQ_FIELD_NUMBER: _ClassVar[int]
    STCONFERENCEMUTEUNMUTERES_FIELD_NUMBER: _ClassVar[int]
    STLEAVECONFERENCEREQ_FIELD_NUMBER: _ClassVar[int]
    STLEAVECONFERENCERES_FIELD_NUMBER: _ClassVar[int]
    STCREATECONFERENCEACKREQ_FIELD_NUMBER: _ClassVar[int]
    STCREATECONFERENCEACKRES_FIELD_NUMBER: _ClassVar[int]
    STSUBSCRIBETOPARTICIPANTVIEWINGREQ_FIELD_NUMBER: _ClassVar[int]
    STSUBSCRIBETOPARTICIPANTVIEWINGRES_FIELD_NUMBER: _ClassVar[int]
    STSUBSCRIBETOPARTICIPANTVIEWINGACKREQ_FIELD_NUMBER: _ClassVar[int]
    STSUBSCRIBETOPARTICIPANTVIEWINGACKRES_FIELD_NUMBER: _ClassVar[int]
    STCONFERENCEPUBLISHERSREQ_FIELD_NUMBER: _ClassVar[int]
    STCONFERENCEPUBLISHERSRES_FIELD_NUMBER: _ClassVar[int]
    STCONFERENCEPARTICIPANTSREQ_FIELD_NUMBER: _ClassVar[int]
    STCONFERENCEPARTICIPANTSRES_FIELD_NUMBER: _ClassVar[int]
    uVersion: int
    stCreateConferenceReq: createConferenceReq
    stCreateConferenceRes: createConferenceRes
    stDestroyConferenceReq: destroyConferenceReq
    stDestroyConferenceRes: destroyConferenceRes
    stAddParticipantsReq: addParticipantsReq
    stAddParticipantsRes: addParticipantsRes
    stRemoveParticipantsReq: removeParticipantsReq
    stRemoveParticipantsRes: removeParticipantsRes
    stConferenceAlertReq: conferenceAlertReq
    stConferenceAlertRes: conferenceAlertRes
    stJoinConferencePublisherReq: joinConferencePublisherReq
    stJoinConferencePublisherRes: joinConferencePublisherRes
    stJoinConferencePublisherAckReq: joinConferencePublisherAckReq
    stJoinConferencePublisherAckRes: joinConferencePublisherAckRes
    stIceConferenceReq: iceConferenceReq
    stIceConferenceRes: iceConferenceRes
    stSubscribeToParticipantReq: subscribeToParticipantReq
    stSubscribeToParticipantRes: subscribeToParticipantRes
    stSubscribeToParticipantAckReq: subscribeToParticipantAckReq
    stSubscribeToParticipantAckRes: subscribeToParticipantAckRes
    stConferenceMuteUnmuteReq: conferenceMuteUnmuteReq
    stConferenceMuteUnmuteRes: conferenceMuteUnmuteRes
    stLeaveConferenceReq: leaveConferenceReq
    stLeaveConferenceRes: leaveConferenceRes
    stCreateConferenceAckReq: createConferenceAckReq
    stCreateConferenceAckRes: createConferenceAckRes
    stSubscribeToParticipantViewingReq: subscribeToParticipantViewingReq
    stSubscribeToParticipantViewingRes: subscribeToParticipantViewingRes
    stSubscribeToParticipantViewingAckReq: subscribeToParticipantViewingAckReq
    stSubscribeToParticipantViewingAckRes: subscribeToParticipantViewingAckRes
    stConferencePublishersReq: conferencePublishersReq
    stConferencePublishersRes: conferencePublishersRes
    stConferenceParticipantsReq: conferenceParticipantsReq
    stConferenceParticipantsRes: conferenceParticipantsRes
    def __init__(self, uVersion: _Optional[int] = ..., stCreateConferenceReq: _Optional[_Union[createConferenceReq, _Mapping]] = ..., stCreateConferenceRes: _Optional[_Union[createConferenceRes, _Mapping]] = ..., stDestroyConferenceReq: _Optional[_Union[destroyConferenceReq, _Mapping]] = ..., stDestroyConferenceRes: _Optional[_Union[destroyConferenceRes, _Mapping]] = ..., stAddParticipantsReq: _Optional[_Union[addParticipantsReq, _Mapping]] = ..., stAddParticipantsRes: _Optional[_Union[addParticipantsRes, _Mapping]] = ..., stRemoveParticipantsReq: _Optional[_Union[removeParticipantsReq, _Mapping]] = ..., stRemoveParticipantsRes: _Optional[_Union[removeParticipantsRes, _Mapping]] = ..., stConferenceAlertReq: _Optional[_Union[conferenceAlertReq, _Mapping]] = ..., stConferenceAlertRes: _Optional[_Union[conferenceAlertRes, _Mapping]] = ..., stJoinConferencePublisherReq: _Optional[_Union[joinConferencePublisherReq, _Mapping]] = ..., stJoinConferencePublisherRes: _Optional[_Union[joinConferencePublisherRes, _Mapping]] = ..., stJoinConferencePublisherAckReq: _Optional[_Union[joinConferencePublisherAckReq, _Mapping]] = ..., stJoinConferencePublisherAckRes: _Optional[_Union[joinConferencePublisherAckRes, _Mapping]] = ..., stIceConferenceReq: _Optional[_Union[iceConferenceReq, _Mapping]] = ..., stIceConferenceRes: _Optional[_Union[iceConferenceRes, _Mapping]] = ..., stSubscribeToParticipantReq: _Optional[_Union[subscribeToParticipantReq, _Mapping]] = ..., stSubscribeToParticipantRes: _Optional[_Union[subscribeToParticipantRes, _Mapping]] = ..., stSubscribeToParticipantAckReq: _Optional[_Union[subscribeToParticipantAckReq, _Mapping]] = ..., stSubscribeToParticipantAckRes: _Optional[_Union[subscribeToParticipantAckRes, _Mapping]] = ..., stConferenceMuteUnmuteReq: _Optional[_Union[conferenceMuteUnmuteReq, _Mapping]] = ..., stConferenceMuteUnmuteRes: _Optional[_Union[conferenceMuteUnmuteRes, _Mapping]] = ..., stLeaveConferenceReq: _Optional[_Union[leaveConferenceReq, _Mapping]] = ..., stLeaveConferenceRes: _Optional[_Union[leaveConferenceRes, _Mapping]] = ..., stCreateConferenceAckReq: _Optional[_Union[createConferenceAckReq, _Mapping]] = ..., stCreateConferenceAckRes: _Optional[_Union[createConferenceAckRes, _Mapping]] = ..., stSubscribeToParticipantViewingReq: _Optional[_Union[subscribeToParticipantViewingReq, _Mapping]] = ..., stSubscribeToParticipantViewingRes: _Optional[_Union[subscribeToParticipantViewingRes, _Mapping]] = ..., stSubscribeToParticipantViewingAckReq: _Optional[_Union[subscribeToParticipantViewingAckReq, _Mapping]] = ..., stSubscribeToParticipantViewingAckRes: _Optional[_Union[subscribeToParticipantViewingAckRes, _Mapping]] = ..., stConferencePublishersReq: _Optional[_Union[conferencePublishersReq, _Mapping]] = ..., stConferencePublishersRes: _Optional[_Union[conferencePublishersRes, _Mapping]] = ..., stConferenceParticipantsReq: _Optional[_Union[conferenceParticipantsReq, _Mapping]] = ..., stConferenceParticipantsRes: _Optional[_Union[conferenceParticipantsRes, _Mapping]] = ...) -> None: ...
